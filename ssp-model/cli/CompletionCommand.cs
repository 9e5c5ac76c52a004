using System.CommandLine;

namespace SspNative.Cli;

/// <summary><c>ssp completion SHELL</c>: a script by which the shell completes verbs, options and their values. It asks the program itself.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _ssp() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _ssp ssp
        """;

    private const string Zsh = """
        #compdef ssp
        _ssp() {
            local -a found
            found=("${(@f)$("${words[1]}" "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            [[ -n "${found[*]}" ]] && compadd -- "${found[@]}" || _files
        }
        compdef _ssp ssp
        """;

    private const string Fish = """
        complete -c ssp -a '(set -l line (commandline -cp); ssp "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)'
        """;

    private static readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish." };

    public static Command Create()
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Verb(
            "completion", "Prints a script that completes commands in a shell.",
            "ssp completion bash > ~/.local/share/bash-completion/completions/ssp",
            "ssp completion fish > ~/.config/fish/completions/ssp.fish") { _shell };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(parsed.GetRequiredValue(_shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
            return SspCommandLine.Success;
        });
        return command;
    }
}
