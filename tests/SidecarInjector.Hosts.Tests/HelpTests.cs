using System.CommandLine;
using SidecarInjector.Cli;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary>What <c>--help</c> shows.</summary>
public sealed class HelpTests
{
    private static readonly RootCommand Root = InjectorCommand.Create();

    public static TheoryData<string> Commands => [.. Leaves(Root, "injector").Select(c => c.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_command_has_examples_that_it_understands(string path)
    {
        var command = Assert.IsType<ExampleCommand>(Leaves(Root, "injector").Single(c => c.Path == path).Command);

        Assert.NotEmpty(command.Examples);
        Assert.All(command.Examples, example =>
        {
            var own = Own(example);
            var parsed = Root.Parse(own["injector ".Length..]);
            Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
            Assert.Same(command, parsed.CommandResult.Command);
        });
    }

    [Fact]
    public async Task Examples_stand_at_the_end_of_the_help()
    {
        var run = await InjectorProcess.RunAsync(["inject", "--help"]);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:\n  injector inject -f deployment.yaml | kubectl apply -f -\n", run.Output, StringComparison.Ordinal);
    }

    /// <summary>The part of a shell's line that is ours.</summary>
    private static string Own(string example)
        => example.Split('|', '>', '<', '(', ')').Select(p => p.Trim()).Single(p => p.StartsWith("injector ", StringComparison.Ordinal));

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path)
        => command.Subcommands.Count == 0 ? [(path, command)] : command.Subcommands.SelectMany(c => Leaves(c, $"{path} {c.Name}"));
}
