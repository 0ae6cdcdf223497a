/* Makes the calling process, and all it starts, stop at the calls a tracer wants to see. 0, or -1 with errno. */
int install_filter(void);
