using System.CommandLine;
using SspNative.Cli.Parsing;
using SspNative.Cli.Terminal;

namespace SspNative.Cli.Installation;

/// <summary>
/// <c>ssp completion SHELL</c>: a script by which the shell completes verbs, options and their values. It asks the program itself
/// (<see cref="Suggestions"/>), and completes names of files where the program knows nothing.
/// </summary>
internal static class CompletionCommand
{
    // Bash splits words at = and :, which the program does not: what stands before its part of the word is cut off.
    private const string Bash = """
        _ssp() {
            local IFS=$'\n' line=${COMP_LINE:0:COMP_POINT} part=${COMP_WORDS[COMP_CWORD]} found
            [[ $part == [=:] ]] && part=
            local word=${line##*[[:space:]]}
            local head=${word%"$part"}
            COMPREPLY=()
            for found in $("${COMP_WORDS[0]/#\~/$HOME}" "[suggest]" "$line" 2>/dev/null </dev/null); do
                [[ $found == "$word"* ]] && COMPREPLY+=("${found#"$head"}")
            done
        }
        complete -o default -F _ssp ssp
        """;

    // The file is the function itself where it lies in a folder of $fpath, and defines it where it is sourced.
    private const string Zsh = """
        #compdef ssp
        _ssp() {
            local -a found
            found=("${(@f)$("${words[1]/#\~/$HOME}" "[suggest]" "${(j: :)words[1,CURRENT-1]} $PREFIX" 2>/dev/null </dev/null)}")
            if [[ -n "${found[*]}" ]]; then
                compadd -- "${found[@]}"
            else
                compset -P '--*='
                _files
            fi
        }
        if [[ "${funcstack[1]}" == _ssp ]]; then
            _ssp "$@"
        else
            compdef _ssp ssp
        fi
        """;

    private const string Fish = """
        function __ssp_complete
            set -l word (commandline -ct)
            set -l program (string replace -r '^~' $HOME -- (commandline -op)[1])
            set -l found ($program "[suggest]" (commandline -cp) 2>/dev/null </dev/null)
            if test -n "$found"
                printf '%s\n' $found
            else
                set -l head (string match -r '^--[^=]*=' -- $word)
                for path in (__fish_complete_path (string replace -r '^--[^=]*=' '' -- $word))
                    printf '%s\n' "$head$path"
                end
            end
        end
        complete -c ssp -f -a '(__ssp_complete)'
        """;

    private static readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish." };

    public static Command Create()
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Verb(
            "completion", "Prints a script that completes commands in a shell.",
            "ssp completion bash > ~/.local/share/bash-completion/completions/ssp",
            "ssp completion zsh > ~/.zfunc/_ssp",
            "ssp completion fish > ~/.config/fish/completions/ssp.fish") { _shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetRequiredValue(_shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return ExitCodes.Success;
        });
        return command;
    }
}
