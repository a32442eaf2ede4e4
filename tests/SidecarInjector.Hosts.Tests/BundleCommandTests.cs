using System.Security.Cryptography;
using Xunit;

namespace SidecarInjector.Hosts.Tests;

/// <summary><c>injector bundle …</c> as a person types it.</summary>
public sealed class BundleCommandTests : IDisposable
{
    private const string LogShipper = "infra/bundles/log-shipper";

    private readonly string folder = Directory.CreateTempSubdirectory("injector-bundles-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_packed_and_signed_bundle_verifies_injects_as_its_folder_does_and_comes_back_as_it_was()
    {
        var (archive, key) = (At("b.tar"), WriteKeys("bundle"));

        await SucceedAsync("bundle", "pack", LogShipper, "-o", archive, "--version", "7");
        await SucceedAsync("bundle", "sign", archive, "--key", key);
        var verified = await SucceedAsync("bundle", "verify", archive, "--key", At("bundle.pub"));
        var injected = await SucceedAsync("inject", "--bundle", archive, "-f", "infra/samples/deployment.yaml");
        await SucceedAsync("bundle", "pull", archive, "-o", At("copy"));

        Assert.Contains("version number 7", verified.Output, StringComparison.Ordinal);
        Assert.Equal((await SucceedAsync("inject", "--bundle", LogShipper, "-f", "infra/samples/deployment.yaml")).Output, injected.Output);
        Assert.Equal(await File.ReadAllTextAsync(Repository.At($"{LogShipper}/config.yaml")), await File.ReadAllTextAsync(At("copy/config.yaml")));
        Assert.True(File.Exists(At("copy/manifest.sig")));
    }

    [Fact]
    public async Task Packing_twice_gives_the_same_bytes()
    {
        await SucceedAsync("bundle", "pack", LogShipper, "-o", At("a.tar"));
        await SucceedAsync("bundle", "pack", LogShipper, "-o", At("b.tar"));

        Assert.Equal(await File.ReadAllBytesAsync(At("a.tar")), await File.ReadAllBytesAsync(At("b.tar")));
    }

    [Fact]
    public async Task Another_key_does_not_verify()
    {
        WriteKeys("other");
        await SucceedAsync("bundle", "pack", LogShipper, "-o", At("b.tar"));
        await SucceedAsync("bundle", "sign", At("b.tar"), "--key", WriteKeys("bundle"));

        var run = await InjectorProcess.RunAsync(["bundle", "verify", At("b.tar"), "--key", At("other.pub")]);

        Assert.Equal((1, "error: The bundle is signed, but by none of the pinned keys, or it was changed after signing.\n"), (run.ExitCode, run.Errors));
    }

    [Fact]
    public async Task A_public_key_cannot_sign_and_the_message_says_what_can()
    {
        WriteKeys("bundle");
        await SucceedAsync("bundle", "pack", LogShipper, "-o", At("b.tar"));

        var run = await InjectorProcess.RunAsync(["bundle", "sign", At("b.tar"), "--key", At("bundle.pub")]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("expected a private key in PEM", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_prints_what_changes_for_a_workload_and_ends_with_2()
    {
        CopyLogShipper("new");
        await File.WriteAllTextAsync(At("new/values.yaml"), (await File.ReadAllTextAsync(At("new/values.yaml"))).Replace("fluent-bit:4.0.3", "fluent-bit:4.1.0", StringComparison.Ordinal));
        await File.WriteAllTextAsync(At("pod.yaml"), """
            apiVersion: v1
            kind: Pod
            metadata:
              name: web
              labels:
                log-shipper.example.com/inject: "true"
            spec:
              containers:
              - name: web
                image: web:1

            """);

        var run = await InjectorProcess.RunAsync(["bundle", "diff", LogShipper, At("new"), "-f", At("pod.yaml")]);
        var same = await InjectorProcess.RunAsync(["bundle", "diff", LogShipper, LogShipper, "-f", At("pod.yaml")]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("-    image: cr.fluentbit.io/fluent/fluent-bit:4.0.3\n+    image: cr.fluentbit.io/fluent/fluent-bit:4.1.0\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, run.Output.Split('\n').Count(l => l.StartsWith('-') && !l.StartsWith("---", StringComparison.Ordinal) || l.StartsWith('+') && !l.StartsWith("+++", StringComparison.Ordinal)));
        Assert.Equal((0, ""), (same.ExitCode, same.Output));
    }

    [Fact]
    public async Task Show_gives_what_counts_for_a_revision_and_a_cluster()
    {
        CopyLogShipper("b");
        Directory.CreateDirectory(At("b/revisions/canary"));
        Directory.CreateDirectory(At("b/clusters"));
        await File.WriteAllTextAsync(At("b/revisions/canary/values.yaml"), "path: /canary\n");
        await File.WriteAllTextAsync(At("b/clusters/east.yaml"), "values: {output: {host: east.example.com}}\n");

        var plain = await SucceedAsync("bundle", "show", At("b"));
        var both = await SucceedAsync("bundle", "show", At("b"), "-r", "canary", "--cluster", "east");

        Assert.Contains("  path: /var/log/app\n", plain.Output, StringComparison.Ordinal);
        Assert.Contains("  path: /canary\n", both.Output, StringComparison.Ordinal);
        Assert.Contains("    host: east.example.com\n    port: 24224\n", both.Output, StringComparison.Ordinal);
        Assert.Contains("policy: disabled\n", both.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Istios_ConfigMap_becomes_a_bundle_with_its_own_settings_and_our_templates()
    {
        await File.WriteAllTextAsync(At("configmap.yaml"), IstioConfigMap("sidecar", "waypoint"));

        var run = await SucceedAsync("bundle", "import", "--from", At("configmap.yaml"), "-o", At("imported"));
        var injected = await SucceedAsync("inject", "--bundle", At("imported"), "-f", "infra/samples/deployment.yaml");

        Assert.Contains("The template 'sidecar' is replaced by the embedded bundle's.", run.Errors, StringComparison.Ordinal);
        Assert.Contains("The template 'waypoint' is left out", run.Errors, StringComparison.Ordinal);
        Assert.Contains("image: registry.example.com/proxyv2:9.9.9", injected.Output, StringComparison.Ordinal);
        Assert.Contains("moved: \"yes\"", injected.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Go_template_that_nothing_replaces_stops_the_import_unless_it_is_left_out()
    {
        await File.WriteAllTextAsync(At("configmap.yaml"), IstioConfigMap("sidecar", "spire"));

        var refused = await InjectorProcess.RunAsync(["bundle", "import", "--from", At("configmap.yaml"), "-o", At("imported")]);
        var existed = Directory.Exists(At("imported"));
        var without = await SucceedAsync("bundle", "import", "--from", At("configmap.yaml"), "-o", At("imported"), "--without", "spire");

        Assert.Equal((1, false), (refused.ExitCode, existed));
        Assert.Contains("template 'spire': this is a Go template; templates are Handlebars here, see docs/templates.md", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("is written", without.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Go_template_in_a_bundle_is_one_mistake_with_advice()
    {
        await File.WriteAllTextAsync(At("configmap.yaml"), IstioConfigMap("sidecar"));

        var run = await InjectorProcess.RunAsync(["bundle", "check", At("configmap.yaml")]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("The bundle has 1 mistake:\nconfig.yaml#sidecar:1:1: this is a Go template; the embedded bundle's template 'sidecar' replaces it", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_settings_stop_a_command_with_all_mistakes()
    {
        await File.WriteAllTextAsync(At("appsettings.json"), """{"SidecarInjector":{"Source":{"Timeout":"soon","Uri":"ftp://x"}}}""");

        var run = await InjectorProcess.RunAsync(["bundle", "show"], workingDirectory: folder);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("error: There are 2 mistakes in the settings:\nSidecarInjector__Source__Timeout: expected a duration", run.Errors, StringComparison.Ordinal);
    }

    private const string GoTemplate = """
              NAME: |
                metadata:
                  labels:
                    a: {{ .Values.global.tag }}
                {{- if eq .ObjectMeta.Name "x" }}
                spec: {}
                {{- end }}

        """;

    private const string ConfigMap = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: istio-sidecar-injector
        data:
          values: |-
            {"global": {"hub": "registry.example.com", "tag": "9.9.9", "istioNamespace": "istio-system", "pilotCertProvider": "istiod",
             "proxy": {"image": "proxyv2", "clusterDomain": "cluster.local", "statusPort": 15020}, "proxy_init": {"image": "proxyv2"}},
             "pilot": {"env": {"ENABLE_NATIVE_SIDECARS": "true"}}}
          config: |-
            policy: enabled
            injectedAnnotations:
              moved: "yes"
            template: "{{ Template_Version_And_Istio_Version_Mismatched_Check_Installation }}"
            templates:

        """;

    /// <summary>A ConfigMap of Istio's shape, with Go templates of these names.</summary>
    private static string IstioConfigMap(params string[] templates)
        => ConfigMap + string.Concat(templates.Select(t => GoTemplate.Replace("NAME", t, StringComparison.Ordinal)));

    private void CopyLogShipper(string name)
    {
        foreach (var file in Directory.EnumerateFiles(Repository.At(LogShipper), "*", SearchOption.AllDirectories))
        {
            var copy = At(Path.Combine(name, Path.GetRelativePath(Repository.At(LogShipper), file)));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    private string At(string path) => Path.Combine(folder, path);

    /// <summary>The path of a new private key; the public one stands beside it.</summary>
    private string WriteKeys(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(At($"{name}.pub"), key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(At($"{name}.key"), key.ExportECPrivateKeyPem());
        return At($"{name}.key");
    }

    private static async Task<CommandResult> SucceedAsync(params string[] arguments)
    {
        var run = await InjectorProcess.RunAsync(arguments);
        Assert.True(run.ExitCode == 0, run.Errors);
        return run;
    }
}
