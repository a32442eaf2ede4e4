using Azure;
using Azure.Identity;

namespace SidecarInjector.Sources;

/// <summary>What went wrong with Blob Storage, in one sentence that says what to do and holds no SAS.</summary>
internal static class BlobFailure
{
    /// <summary>Whether it is a failure of the place, or a cancellation, which the client may hide among its attempts; our own faults are neither.</summary>
    public static bool IsOne(Exception e)
        => e is RequestFailedException or AuthenticationFailedException or AggregateException or IOException or OperationCanceledException;

    public static BundleSourceException Of(Exception e, string name)
    {
        // After its retries the client throws all attempts' failures together.
        var cause = e is AggregateException { InnerExceptions: [.., var last] } ? last : e;
        return new BundleSourceException(cause switch
        {
            RequestFailedException { Status: not 0 } failure => Answered(failure, name),
            AuthenticationFailedException failure => $"There is no token for {name}: {Reason(failure)}.",
            OperationCanceledException => $"The storage account of {name} did not answer in time.",
            _ => $"The storage account of {name} cannot be reached: {FirstLine(cause.Message)}",
        }, cause);
    }

    private static string Answered(RequestFailedException failure, string name)
    {
        var answer = $"the storage account answered {failure.Status}{(failure.ErrorCode is { } code ? $" {code}" : "")}";
        return failure.Status switch
        {
            401 or 403 => $"Access to {name} is refused, {answer}: grant the identity 'Storage Blob Data Reader' "
                + "('Contributor' to write), or check the SAS and the account's firewall.",
            404 => $"There is nothing at {name}, {answer}: check the names of the container and the blob.",
            _ => $"{name} cannot be used, {answer}.",
        };
    }

    /// <summary>The credential names what it tried, a line each, with its reasons; the names are enough to see which one should have been there.</summary>
    private static string Reason(AuthenticationFailedException failure)
    {
        var tried = failure.Message.Split('\n').Where(l => l.StartsWith("- ", StringComparison.Ordinal)).Select(l => l[2..].Split(' ', 2)[0]).ToList();
        return tried.Count == 0 ? FirstLine(failure.Message).TrimEnd('.')
            : $"the program runs without an identity (tried: {string.Join(", ", tried)}); give it a managed identity, or put a SAS into the URL";
    }

    private static string FirstLine(string message) => message.Split('\n', 2)[0].TrimEnd('\r');
}
