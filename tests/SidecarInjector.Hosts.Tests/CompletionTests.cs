using System.Diagnostics;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What bash is told when a person presses the tab key.</summary>
public sealed class CompletionTests
{
    /// <summary>Does what bash does: splits the line, and calls the function that the script has registered.</summary>
    private const string Press = """
        eval "$("$1" completion bash)"
        complete -p injector >/dev/null || exit 1
        COMP_LINE="$1 $2" COMP_POINT=$((${#1} + 1 + ${#2}))
        IFS=' ' read -ra COMP_WORDS <<<"$COMP_LINE"
        [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _injector
        printf '%s\n' "${COMPREPLY[@]}"
        """;

    [NeedsProgramsTheory("bash")]
    [InlineData("bu", "bundle")]
    [InlineData("bundle pu", "pull push")]
    [InlineData("audit --names", "--namespace")]
    [InlineData("explain -o j", "json")]
    [InlineData("completion f", "fish")]
    [InlineData("nonsense", "")]
    public async Task Bash_completes_commands_options_and_words(string typed, string expected)
    {
        var start = new ProcessStartInfo("bash", ["--norc", "-c", Press, "press", Path.Combine(AppContext.BaseDirectory, "injector"), typed]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var found = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(expected, string.Join(' ', found.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Theory]
    [InlineData("zsh", "#compdef injector")]
    [InlineData("fish", "complete -c injector")]
    public async Task Other_shells_have_their_scripts(string shell, string part)
    {
        var run = await InjectorProcess.RunAsync(["completion", shell]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }
}
