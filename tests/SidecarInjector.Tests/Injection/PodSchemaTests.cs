using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using k8s.Models;
using SidecarInjector.Injection.Checks;
using Xunit;

namespace SidecarInjector.Tests.Injection;

/// <summary>The table of a pod's fields is that of the Kubernetes client's models.</summary>
public partial class PodSchemaTests
{
    [Fact]
    public void The_table_of_fields_is_that_of_the_Kubernetes_clients_models()
    {
        using var stream = typeof(PodCheck).Assembly.GetManifestResourceStream("pod-schema.txt")!;
        using var reader = new StreamReader(stream);

        var table = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith('#'));

        Assert.Equal(string.Join('\n', Models()), string.Join('\n', table));
    }

    private static List<string> Models()
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var open = new Queue<Type>([typeof(V1ObjectMeta), typeof(V1PodSpec)]);
        while (open.TryDequeue(out var type))
        {
            if (lines.ContainsKey(NameOf(type)))
                continue;
            var fields = type.GetProperties().Select(p => (Name: p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, p.PropertyType))
                .Where(f => f.Name is not null).OrderBy(f => f.Name, StringComparer.Ordinal);
            lines[NameOf(type)] = string.Join(' ', fields.Select(f => $"{f.Name}:{TypeOf(f.PropertyType, open)}").Prepend(NameOf(type)));
        }
        return [.. lines.Values];
    }

    private static string TypeOf(Type type, Queue<Type> open)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType)
            return (type.GetGenericTypeDefinition() == typeof(IList<>) ? "[]" : "{}") + TypeOf(type.GetGenericArguments()[^1], open);
        if (type == typeof(string) || type == typeof(DateTime) || type == typeof(byte[]))
            return "string";
        if (type == typeof(int) || type == typeof(long))
            return "integer";
        if (type == typeof(object))
            return "any";
        if (type == typeof(bool) || type == typeof(double))
            return type == typeof(bool) ? "boolean" : "number";
        if (type.Name is "ResourceQuantity" or "IntOrString")
            return type.Name == "IntOrString" ? "integerOrString" : "quantity";
        open.Enqueue(type);
        return NameOf(type);
    }

    private static string NameOf(Type type) => VersionPrefix().Replace(type.Name, "");

    [GeneratedRegex("^V1(?=[A-Z])")]
    private static partial Regex VersionPrefix();
}
