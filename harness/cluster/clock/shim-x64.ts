/**
 * Machine code of the clock shim for Linux x86-64, generated from shim/shim.c by shim/build.sh. Do not edit: a test
 * compiles the source again where a compiler is at hand and compares.
 */

/** The blob in base64; it starts with its control block. */
export const SHIM_X64_BASE64 =
  'RkxDTE9DSzEAAAAAAAAAAAAAAAAAAAAAWwEAAJcBAAACAgAAQAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABIiwWJ////SIXAdQtIY/+45AAAAA8F' +
  'w0iNFWL///9Ig+wISAHQ/9BIg8QISJjDVUmJ+kyNHUf///9TTGkPAMqaO0wDTwhMiwU8////TInATInOg+ABSI0EgEmNDMNIK3Ew' +
  'SIt5SEiJ8Ej3aThID6zQIEiLUShMAcpIjRwCSIX/dBBIifBImUj3/6gBdARIA1lASIsF8P7//0w5wHWoSLizlNYm6AsuEUj360iJ' +
  '2EjB+D9IwfoaSCnCSInYSGnKAMqaO0gpyHkKSAUAypo7SIPqAVtdSYkSSYlCCMNBVEmJ9FWJ/VPoF////0iJw0iFwHUQg/0Ldwu4' +
  'IQkAAEgPo+hyB4nYW11BXMNMiefoHv///4nYW11BXMNBVFVIif1TMdtIg+wQSIX2dAu4YAAAADH/DwWJw0iF7XQ+SYnkMf9Miebo' +
  'uv7//0yJ5+jg/v//SIsEJEiLTCQISIlFAEi4z/dT46WbxCBI9+lIwfk/SMH6B0gpykiJVQhIg8QQidhbXUFcw1VTSIn7vwUAAABI' +
  'g+wYSInlSInu6GX+//9Iie/oi/7//0iLBCRIhdt0A0iJA0iDxBhbXcNmLg8fhAAAAAAA';
