/**
 * Completion scripts for three shells. Whole in themselves: a shell that completes starts no process of ours, and runs
 * nothing of the folder it is in. Words hold letters, digits and dashes only, so that none needs quoting; summaries are
 * quoted. Names of runs and of plug-ins are read from the store of the folder, which may be somebody else's: whatever is
 * no plain name is left out, as bash would carry out a name that is a command.
 */
import type { CompletedCommand, Following } from './completion-words.ts';
import { OWN_NAMES } from './own-names.ts';

/** Shells with a script, and where it goes. */
export const SHELLS = {
  bash: { script: bash, where: 'source <(faultline completion bash)  # in ~/.bashrc' },
  zsh: { script: zsh, where: 'source <(faultline completion zsh)  # in ~/.zshrc, after compinit' },
  fish: {
    script: fish,
    where: 'faultline completion fish > ~/.config/fish/completions/faultline.fish',
  },
} as const;

const PLAIN = '[A-Za-z0-9][A-Za-z0-9._-]*';

/** Functions that print the names of the runs in the store of this folder, and of the plug-ins of a family. */
const NAMES = `_faultline_stored() {
  command ls -1 .faultline 2>/dev/null | command sed -n 's/^\\(${PLAIN}\\)$/\\1/p'
}
_faultline_own() {
  command sed -n "s/^$1 \\(${PLAIN}\\)$/\\1/p" .faultline/${OWN_NAMES} 2>/dev/null
}
`;

function bash(commands: readonly CompletedCommand[]): string {
  const options = commands.map(
    ({ name, options }) => `    ${name}) words="${options.map(({ flag }) => flag).join(' ')}" ;;`,
  );
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ flag, follows }) =>
      follows === null ? [] : [`    ${name}:${flag}) ${bashFollowing(follows)} ;;`],
    ),
  );
  const rest = commands.map(({ name, argument }) => `    ${name}) ${bashFollowing(argument)} ;;`);
  return `# faultline completion bash
${NAMES}_faultline() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(' ')} --help --version" -- "$word"))
    return
  fi
  case "$command:$before" in
${values.join('\n')}
  esac
  if [ -n "$words" ]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  if [[ "$word" == -* ]]; then
    case "$command" in
${options.join('\n')}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    return
  fi
  case "$command" in
${rest.join('\n')}
  esac
  [ -n "$words" ] && COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _faultline faultline
`;
}

/** Of what is a path nothing is said: the shell then completes files. A list stays one after a comma. */
function bashFollowing(following: Following): string {
  if (following.kind === 'path') return 'return';
  if (following.kind === 'run') return 'words="$(_faultline_stored) last"';
  const own = following.families.map((family) => ` $(_faultline_own ${family})`);
  return `words="${following.words.join(' ')}${own.join('')}"`;
}

function zsh(commands: readonly CompletedCommand[]): string {
  const described = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`);
  const cases = commands.map(({ name, options, argument }) => {
    const specs = options.map(({ flag, summary, follows }) => {
      const text = summary.replaceAll(/[[\]:]/g, '\\$&');
      return `      ${quoted(`*${flag}[${text}]${follows === null ? '' : `:value:${zshFollowing(follows)}`}`)}`;
    });
    return `    ${name})\n      _arguments \\\n${specs.join(' \\\n')} \\\n      ${quoted(`*:what:${zshFollowing(argument)}`)} ;;`;
  });
  return `#compdef faultline
# faultline completion zsh
${NAMES}_faultline_runs() {
  local -a runs
  runs=(last \${(f)"$(_faultline_stored)"})
  compadd -a runs
  _files
}
_faultline_named() {
  local family
  local -a names
  for family in "$@"; do names+=(\${(f)"$(_faultline_own $family)"}); done
  case "$*" in
${zshNames(commands).join('\n')}
  esac
  compadd -a names
}
_faultline() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _faultline faultline
`;
}

function zshFollowing(following: Following): string {
  if (following.kind === 'path') return '_files';
  if (following.kind === 'run') return '_faultline_runs';
  // The blank keeps zsh from putting words of its own before these.
  if (following.families.length > 0) return ` _faultline_named ${following.families.join(' ')}`;
  return `(${following.words.join(' ')})`;
}

/** The names that come along, once for each choice of families. */
function zshNames(commands: readonly CompletedCommand[]): string[] {
  const all = commands.flatMap(({ options, argument }) => [
    argument,
    ...options.map(({ follows }) => follows),
  ]);
  const lines = all.flatMap((following) =>
    following?.kind === 'words' && following.families.length > 0
      ? [`    ${quoted(following.families.join(' '))}) names+=(${following.words.join(' ')}) ;;`]
      : [],
  );
  return [...new Set(lines)];
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines = [
    '# faultline completion fish',
    'function _faultline_stored',
    `  command ls -1 .faultline 2>/dev/null | command sed -n 's/^\\(${PLAIN}\\)$/\\1/p'`,
    'end',
    'function _faultline_own',
    `  command sed -n "s/^$argv[1] \\(${PLAIN}\\)\\$/\\1/p" .faultline/${OWN_NAMES} 2>/dev/null`,
    'end',
    'complete -c faultline -f -n __fish_use_subcommand -l version',
  ];
  for (const { name, summary, options, argument } of commands) {
    lines.push(`complete -c faultline -f -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`);
    const seen = `-n '__fish_seen_subcommand_from ${name}'`;
    for (const { flag, summary: about, follows } of options) {
      const value = follows === null ? '' : ` -r${fishFollowing(follows)}`;
      lines.push(`complete -c faultline ${seen} -l ${flag.slice(2)}${value} -d ${quoted(about)}`);
    }
    if (argument.kind !== 'path') lines.push(`complete -c faultline ${seen}${fishFollowing(argument)}`);
  }
  return `${lines.join('\n')}\n`;
}

function fishFollowing(following: Following): string {
  if (following.kind === 'path') return ' -F';
  if (following.kind === 'run') return ` -a '(_faultline_stored; echo last)'`;
  const own = following.families.map((family) => ` (_faultline_own ${family})`);
  return ` -f -a '${following.words.join(' ')}${own.join('')}'`;
}

/** For any of the three shells: within single quotes nothing means anything but the quote. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
