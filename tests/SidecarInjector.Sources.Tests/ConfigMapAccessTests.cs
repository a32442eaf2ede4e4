using k8s;
using k8s.Models;
using SidecarInjector.Sources.Packing;
using SidecarInjector.Tests;
using Xunit;

namespace SidecarInjector.Sources.Tests;

/// <summary>Who may read the map, and what is said where that fails.</summary>
public sealed class ConfigMapAccessTests : IAsyncLifetime
{
    private readonly ConfigMapPlace place = new();

    public Task InitializeAsync() => place.InitializeAsync();

    public Task DisposeAsync() => place.DisposeAsync();

    [NeedsApiServerFact]
    public async Task Who_may_not_read_is_told_the_verb_that_the_role_needs()
    {
        using var source = new ConfigMapBundleSource(place.CreateClient(new AsNobody("")), ConfigMapPlace.Namespace, place.Name);

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.StartsWith($"configmap://default/{place.Name} may not be used: the role needs the verb get on the resource configmaps "
            + $"with the name {place.Name}. The API server says: configmaps ", error.Message, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task Who_may_not_watch_is_told_the_verb_that_the_role_needs()
    {
        await place.PutAsync(Files.Sample());
        using var source = new ConfigMapBundleSource(place.CreateClient(new AsNobody("watch=true")), ConfigMapPlace.Namespace, place.Name);
        var content = await source.ReadAsync(null);

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.WaitForChangeAsync(content?.Tag, CancellationToken.None));

        Assert.Contains($"the role needs the verb watch on the resource configmaps with the name {place.Name}", error.Message, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_role_for_the_one_map_is_enough_to_read_and_watch()
    {
        await place.PutAsync(Files.Sample());
        await GrantAsync("get", "watch");
        using var source = new ConfigMapBundleSource(place.CreateClient(new AsNobody("", place.Name)), ConfigMapPlace.Namespace, place.Name);
        var content = await ReadWhenGrantedAsync(source);
        var waiting = source.WaitForChangeAsync(content?.Tag, CancellationToken.None);

        await place.PutAsync(Files.Sample("new"));

        await waiting;
    }

    [NeedsApiServerFact]
    public async Task A_map_without_data_is_an_error()
    {
        var empty = new V1ConfigMap { Metadata = new V1ObjectMeta { Name = place.Name } };
        await place.Direct.CoreV1.CreateNamespacedConfigMapAsync(empty, ConfigMapPlace.Namespace);

        var error = await Assert.ThrowsAsync<BundleRefusedException>(() => place.CreateSource().ReadAsync(null));

        Assert.StartsWith("The ConfigMap has no data", error.Message, StringComparison.Ordinal);
    }

    [NeedsApiServerFact]
    public async Task A_server_that_does_not_answer_in_time_is_an_error()
    {
        var client = place.CreateClient();
        client.HttpClientTimeout = TimeSpan.FromMilliseconds(200);
        using var source = new ConfigMapBundleSource(client, ConfigMapPlace.Namespace, place.Name);
        await using var stall = await place.StallAsync();

        var error = await Assert.ThrowsAsync<BundleSourceException>(() => source.ReadAsync(null));

        Assert.Equal($"The API server did not answer in time for configmap://default/{place.Name}.", error.Message);
    }

    private async Task GrantAsync(params string[] verbs)
    {
        var role = new V1Role
        {
            Metadata = new V1ObjectMeta { Name = place.Name },
            Rules = [new V1PolicyRule { ApiGroups = [""], Resources = ["configmaps"], ResourceNames = [place.Name], Verbs = verbs }],
        };
        var binding = new V1RoleBinding
        {
            Metadata = new V1ObjectMeta { Name = place.Name },
            RoleRef = new V1RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "Role", Name = place.Name },
            Subjects = [new Rbacv1Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = "User", Name = place.Name }],
        };
        await place.Direct.RbacAuthorizationV1.CreateNamespacedRoleAsync(role, ConfigMapPlace.Namespace);
        await place.Direct.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(binding, ConfigMapPlace.Namespace);
    }

    /// <summary>A new role takes some moments to reach the server's caches.</summary>
    private static async Task<BundleContent?> ReadWhenGrantedAsync(ConfigMapBundleSource source)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await timer.WaitForNextTickAsync())
        {
            try
            {
                return await source.ReadAsync(null);
            }
            catch (BundleSourceException e) when (e.Message.Contains("may not be used", StringComparison.Ordinal))
            {
                // Not yet.
            }
        }
        return null;
    }

    /// <summary>Sends requests whose URL holds the text as a user who has no other rights than the test gives.</summary>
    private sealed class AsNobody(string text, string user = "nobody") : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri?.ToString().Contains(text, StringComparison.Ordinal) == true)
                request.Headers.Add("Impersonate-User", user);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
