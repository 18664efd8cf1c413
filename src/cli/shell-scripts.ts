/**
 * How each shell asks for completions: `codex complete -- <words>`. Our own and short, because scripts for all commands
 * alike evaluate what is being typed. No word is evaluated here: each is handed on as it is.
 */
export type Shell = "bash" | "zsh" | "fish";

/** Runs in bash 3.2, which macOS has; there a space follows each word, and names of files are not offered. */
const BASH = String.raw`# Completion of codex for bash.
_codex() {
    local typed=() word line i values=()
    local here=\${COMP_WORDS[COMP_CWORD]}
    # Bash takes "=" and ":" for ends of words.
    for ((i = 1; i <= COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        if ((i > 1)) && [[ $word == [=:]* || \${COMP_WORDS[i - 1]} == [=:]* ]]; then
            typed[\${#typed[@]} - 1]+=$word
        else
            typed+=("$word")
        fi
    done
    # A quotation mark that is not closed yet is bash's, and no part of the word.
    local whole=\${typed[\${#typed[@]} - 1]#[\"\']}
    typed[\${#typed[@]} - 1]=$whole
    [[ $here == [=:] ]] && here=
    here=\${here#[\"\']}
    local before=\${whole%"$here"}
    while IFS= read -r line; do
        if [[ $line == :files ]]; then
            compopt -o default 2> /dev/null
        else
            line=\${line%%$'\t'*}
            values+=("\${line#"$before"}")
        fi
    done < <("\${COMP_WORDS[0]}" complete -- "\${typed[@]}" 2> /dev/null)
    [[ \${#values[@]} -gt 0 && \${values[0]} == */ ]] && compopt -o nospace 2> /dev/null
    COMPREPLY=("\${values[@]}")
}
complete -F _codex codex
`.replaceAll("\\$", "$");

const ZSH = String.raw`#compdef codex
# Completion of codex for zsh.
_codex() {
    local line
    local -a typed ends goes
    typed=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
    for line in "\${(@f)$("\${(Q)words[1]}" complete -- "\${typed[@]}" 2> /dev/null)}"; do
        if [[ -z $line ]]; then
            continue
        elif [[ $line == :files ]]; then
            compset -P '*='
            _files
        else
            # A colon divides a word from what it means.
            line=\${\${line//:/\\:}/$'\t'/:}
            if [[ \${line%%:*} == */ ]]; then goes+=("$line"); else ends+=("$line"); fi
        fi
    done
    _describe codex ends -- goes -S ''
}
if [[ \${funcstack[1]} == _codex ]]; then
    _codex "$@"
elif (( $+functions[compdef] )); then
    compdef _codex codex
else
    print -u2 'codex completion: first let zsh complete at all: autoload -Uz compinit && compinit'
fi
`.replaceAll("\\$", "$");

const FISH = `# Completion of codex for fish.
function __codex_complete
    set -l typed (commandline -opc)
    set -l here (commandline -ct | string replace -r '^["\\']' '')
    for line in ($typed[1] complete -- $typed[2..-1] "$here" 2> /dev/null)
        if test "$line" = :files
            set -l before (string match -r -- '^--[^=]*=' "$here")
            for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' "$here"))
                echo "$before$path"
            end
        else
            echo $line
        end
    end
end
complete -c codex -f -a '(__codex_complete)'
`;

/** What `source` is given, or a file of completions. */
export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
