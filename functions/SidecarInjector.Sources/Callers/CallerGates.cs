using Microsoft.Extensions.Logging;
using SidecarInjector.Admission;
using SidecarInjector.Authentication;
using SidecarInjector.Telemetry;

namespace SidecarInjector.Sources.Callers;

/// <summary>Makes the gate that the settings describe.</summary>
public static class CallerGates
{
    /// <param name="settings">The settings.</param>
    /// <param name="isLoopbackOnly">Whether nobody but this machine can reach the server, who then needs no credentials.</param>
    /// <param name="time">By which credentials expire.</param>
    /// <param name="logs">Who was refused, and why.</param>
    /// <param name="metrics">Where those are counted who are turned away.</param>
    /// <exception cref="SettingsException">Nobody could call, and nothing says that everybody may.</exception>
    public static CallerGate Create(InjectorSettings settings, bool isLoopbackOnly, TimeProvider time, ILoggerFactory logs, InjectorMetrics? metrics = null)
    {
        Check(settings, isLoopbackOnly);
        var authentication = settings.Authentication;
        var anonymous = authentication.IsOff ? AnonymousCallers.Everybody : authentication.HasCallers ? AnonymousCallers.Nobody : AnonymousCallers.Loopback;
        IReadOnlyList<Credential> credentials = [.. authentication.Credentials, .. authentication.Tokens.Select(t => Token(t, logs))];
        return new CallerGate(new Authenticator(credentials, anonymous, time), new CallLimits(settings.Limits), logs.CreateLogger<CallerGate>(), metrics);
    }

    /// <exception cref="SettingsException">Nobody could call, and nothing says that everybody may.</exception>
    public static void Check(InjectorSettings settings, bool isLoopbackOnly)
    {
        if (!settings.Authentication.IsOff && !settings.Authentication.HasCallers && !isLoopbackOnly)
            throw new SettingsException(["SidecarInjector__Authentication__Callers__0__…: nobody may call. 'injector webhook credentials new' makes a credential for a "
                + $"cluster; SidecarInjector__Authentication__Mode={AuthenticationSettings.None} lets everybody call who can reach the injector, and read what templates hold"]);
        if (settings.Playground == true && !settings.Authentication.HasCallers && !isLoopbackOnly)
            throw new SettingsException(["SidecarInjector__Playground: 'on' lets callers try templates of their own, and here everybody may call who can reach the injector; "
                + "set up callers (SidecarInjector__Authentication__Callers__0__…), or serve on 127.0.0.1 only"]);
    }

    private static ClusterTokenCredential Token(CallerToken token, ILoggerFactory logs)
        => new(token.Options, new IssuerKeys(token.Options, logs.CreateLogger<IssuerKeys>())) { Clusters = token.Clusters, Expires = token.Expires };
}
