using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SidecarInjector.Cli;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class ExampleCommand(string name, string description, params string[] examples) : Command(name, description)
{
    public IReadOnlyList<string> Examples => examples;
}

/// <summary>The library's help, and after it the command's examples.</summary>
internal sealed class ExampleHelp(HelpAction help) : SynchronousCommandLineAction
{
    public static void AddTo(RootCommand root)
    {
        foreach (var option in root.Options.OfType<HelpOption>())
            option.Action = new ExampleHelp((HelpAction)option.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var status = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not ExampleCommand command)
            return status;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in command.Examples)
            output.WriteLine($"  {example}");
        output.WriteLine();
        return status;
    }
}
