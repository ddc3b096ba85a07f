/**
 * What a shell sources: a function that asks `switchback complete` for candidates, a line each. Where there are none it completes files,
 * as it would without us.
 */

/**
 * Bash breaks words at colons (COMP_WORDBREAKS), so `fw1:eth1` is three of its words: the command gets the line itself, split at blanks,
 * and of each candidate goes what bash has as a word already.
 */
const BASH = `_switchback() {
  local line=\${COMP_LINE:0:COMP_POINT} word candidates
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:blank:]] ]] && words+=('')
  word=\${words[\${#words[@]}-1]}
  candidates=$("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null) || return
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$candidates" -- "$word"))
  if [[ $word == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${word%:*}:"}")
  fi
}
complete -o bashdefault -o default -F _switchback switchback
`;

const ZSH = `#compdef switchback
_switchback() {
  local -a candidates
  candidates=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
}
if [[ "$funcstack[1]" == _switchback ]]; then _switchback "$@"; else compdef _switchback switchback; fi
`;

export const SHELLS = { bash: BASH, zsh: ZSH } as const;

export type Shell = keyof typeof SHELLS;
