using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using SidecarInjector.FunctionApp;

var builder = FunctionsApplication.CreateBuilder(args);
builder.Services.AddSidecarInjector(builder.Configuration);
builder.Build().Run();
