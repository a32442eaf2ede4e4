using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SidecarInjector.Sources;

namespace SidecarInjector.FunctionApp;

/// <summary>
/// What App Service's front end says of a caller. The function itself sees only the front end, and anybody can send the same headers to it where there is
/// none, so they are believed only where the settings say that it is there.
/// </summary>
internal static class FrontEnd
{
    /// <summary>The client certificate, in Base64 of its DER.</summary>
    public const string CertificateHeader = "X-ARR-ClientCert";

    /// <summary>Addresses on the way; the front end appends the one that it was called from.</summary>
    public const string AddressHeader = "X-Forwarded-For";

    public static X509Certificate2? Certificate(FunctionRequest request, AuthenticationSettings settings)
    {
        if (!settings.HasFrontEndCertificates || request.Header(CertificateHeader) is not { } header)
            return null;
        try
        {
            return X509CertificateLoader.LoadCertificate(Convert.FromBase64String(header));
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    public static IPAddress? Address(FunctionRequest request, AuthenticationSettings settings)
    {
        if (!settings.IsBehindAppService || request.Header(AddressHeader) is not { } header)
            return null;
        // With its port: 203.0.113.7:51234, or [2001:db8::1]:51234.
        return IPEndPoint.TryParse(header.Split(',')[^1].Trim(), out var endpoint) ? endpoint.Address : null;
    }
}
