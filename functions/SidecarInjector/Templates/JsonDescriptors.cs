using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using HandlebarsDotNet;
using HandlebarsDotNet.Compiler;
using HandlebarsDotNet.Iterators;
using HandlebarsDotNet.MemberAccessors;
using HandlebarsDotNet.ObjectDescriptors;
using HandlebarsDotNet.PathStructure;

namespace SidecarInjector.Templates;

/// <summary>
/// Lets templates read <see cref="JsonObject"/>, <see cref="JsonArray"/>, lists that functions made and <see cref="TemplateData"/> where they stand: nothing
/// is copied before a rendering, and no type of ours is open to reflection. Maps are walked in the order of their keys, as Go does.
/// </summary>
internal sealed class JsonDescriptorProvider : IObjectDescriptorProvider
{
    private static readonly Dictionary<Type, ObjectDescriptor> Descriptors = new()
    {
        [typeof(JsonObject)] = new(typeof(JsonObject), new MapAccessor(), (_, _) => Array.Empty<object>(), _ => new CountingMapIterator()),
        [typeof(JsonArray)] = new(typeof(JsonArray), new ListAccessor(), (_, _) => Array.Empty<object>(), _ => new CountingListIterator()),
        [typeof(object[])] = new(typeof(object[]), new ListAccessor(), (_, _) => Array.Empty<object>(), _ => new CountingListIterator()),
        [typeof(TemplateData)] = new(typeof(TemplateData), new DataAccessor(), (_, _) => Array.Empty<object>(), self => new ObjectIterator(self)),
    };

    public bool TryGetDescriptor(Type type, [MaybeNullWhen(false)] out ObjectDescriptor value) => Descriptors.TryGetValue(type, out value);

    private sealed class MapAccessor : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object value)
        {
            var found = ((JsonObject)instance).TryGetPropertyValue(memberName.TrimmedValue, out var node);
            value = TemplateValue.From(node)!;
            return found;
        }
    }

    private sealed class DataAccessor : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object value)
        {
            value = ((TemplateData)instance)[memberName.TrimmedValue]!;
            return true;
        }
    }

    private sealed class ListAccessor : IMemberAccessor
    {
        public bool TryGetValue(object instance, ChainSegment memberName, out object value)
        {
            value = null!;
            if (!int.TryParse(memberName.TrimmedValue, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                return false;
            var list = (IList)instance;
            if (index >= list.Count)
                return false;
            value = list[index] is JsonNode node ? TemplateValue.From(node)! : list[index]!;
            return true;
        }
    }

    private sealed class CountingListIterator : IIterator
    {
        private static readonly ArrayIterator<object?> Inner = new();

        public void Iterate(in EncodedTextWriter writer, BindingContext context, ChainSegment[] blockParamsVariables, object input,
            TemplateDelegate template, TemplateDelegate ifEmpty)
        {
            var items = input as object?[] ?? [.. ((JsonArray)input).Select(TemplateValue.From)];
            RenderBuffer.Current.Step(items.Length);
            Inner.Iterate(writer, context, blockParamsVariables, items, template, ifEmpty);
        }
    }

    private sealed class CountingMapIterator : IIterator
    {
        private static readonly DictionaryIterator<OrderedDictionary<string, object?>, string, object?> Inner = new();

        public void Iterate(in EncodedTextWriter writer, BindingContext context, ChainSegment[] blockParamsVariables, object input,
            TemplateDelegate template, TemplateDelegate ifEmpty)
        {
            var map = (JsonObject)input;
            RenderBuffer.Current.Step(map.Count);
            var sorted = map.OrderBy(e => e.Key, StringComparer.Ordinal).Select(e => KeyValuePair.Create(e.Key, TemplateValue.From(e.Value)));
            Inner.Iterate(writer, context, blockParamsVariables, new OrderedDictionary<string, object?>(sorted), template, ifEmpty);
        }
    }
}
