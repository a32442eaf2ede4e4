using System.CommandLine;
using SidecarInjector.Cli;

var parsed = InjectorCommand.Create().Parse(args);
// A server's requests in flight end first, and the API server waits 30 s for one at most; of the others none has anything to finish.
var patience = TimeSpan.FromSeconds(parsed.CommandResult.Command.Name == ServeCommand.Name ? 35 : 2);
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = patience });
