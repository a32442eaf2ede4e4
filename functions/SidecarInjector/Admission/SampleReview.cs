namespace SidecarInjector.Admission;

/// <summary>A small AdmissionReview of an ordinary pod, to try the webhook with and to warm it up.</summary>
public static class SampleReview
{
    public const string Json = """{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"1","namespace":"default","object":{"metadata":{"name":"web"},"spec":{"containers":[{"name":"web","image":"nginx"}]}}}}""";
}
