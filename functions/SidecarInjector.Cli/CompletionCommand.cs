using System.CommandLine;

namespace SidecarInjector.Cli;

/// <summary><c>injector completion SHELL</c>: prints what makes a shell complete commands and options; it asks the program itself, which therefore never contradicts it.</summary>
internal static class CompletionCommand
{
    /// <summary>
    /// The program is given the line and the place of the cursor in it. Where it knows nothing, as behind an option that takes a file, the shell completes names of files.
    /// </summary>
    private const string Bash = """
        _injector() {
          local IFS=$'\n' word=${COMP_WORDS[COMP_CWORD]}
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "$word"))
        }
        complete -o default -F _injector injector
        """;

    private const string Zsh = """
        #compdef injector
        _injector() {
          local -a found
          found=("${(@f)$("${words[1]}" "[suggest:${#BUFFER[1,CURSOR]}]" "$BUFFER" 2>/dev/null)}")
          if [[ -n ${found[1]} ]]; then
            compadd -a found
          else
            _files
          fi
        }
        compdef _injector injector
        """;

    private const string Fish = """
        complete -c injector -a '(injector "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "The shell." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new ExampleCommand("completion", "Prints a script that makes a shell complete commands and options.",
            "source <(injector completion bash)",
            "injector completion zsh > ~/.zfunc/_injector",
            "injector completion fish > ~/.config/fish/completions/injector.fish") { shell };
        command.SetAction(parsed => Console.Out.WriteLine(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish }));
        return command;
    }
}
