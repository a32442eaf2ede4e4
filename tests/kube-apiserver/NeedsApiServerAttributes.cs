using Xunit;

namespace SidecarInjector.Tests;

/// <summary>A test with a real API server. It is skipped, and says so, where the server's binaries are absent.</summary>
public sealed class NeedsApiServerFactAttribute : FactAttribute
{
    public NeedsApiServerFactAttribute() => Skip = ApiServerProcess.Missing;
}

/// <inheritdoc cref="NeedsApiServerFactAttribute"/>
public sealed class NeedsApiServerTheoryAttribute : TheoryAttribute
{
    public NeedsApiServerTheoryAttribute() => Skip = ApiServerProcess.Missing;
}
