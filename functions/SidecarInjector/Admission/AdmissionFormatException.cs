namespace SidecarInjector.Admission;

/// <summary>A request that is no AdmissionReview; the message is one sentence for the caller.</summary>
public sealed class AdmissionFormatException(string message) : Exception(message);
