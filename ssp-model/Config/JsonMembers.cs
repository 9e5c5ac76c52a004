using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SspNative.Model.Config;

/// <summary>
/// Compares JSON with the type it is to become before it becomes that, so that a message names the member and what it should be: unknown,
/// doubled and missing members, nulls and values of another kind. What a type has is read from its <see cref="JsonTypeInfo"/>.
/// </summary>
/// <param name="options">How the types are read.</param>
/// <param name="noun">What a member is called in messages, as "training option".</param>
/// <param name="onlyNotes">Whether members that are not known are no error anywhere, as in a file of a wider form.</param>
internal sealed class JsonMembers(JsonSerializerOptions options, string noun, bool onlyNotes)
{
    private readonly List<string> _unused = [];

    /// <summary>Members that the type does not have, in objects where that is no error.</summary>
    public IReadOnlyList<string> Unused => _unused;

    /// <exception cref="InvalidDataException">The JSON does not have the form of the type.</exception>
    public void Check(JsonElement json, JsonTypeInfo type, string path = "")
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(json, type, path);
                break;
            case JsonTypeInfoKind.Enumerable:
                CheckList(json, type, path);
                break;
            default:
                CheckValue(json, type, path);
                break;
        }
    }

    private void CheckObject(JsonElement json, JsonTypeInfo type, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw Expected(path, "an object", json);
        JsonPropertyInfo[] members = [.. type.Properties.Where(p => p.Set is not null || p.AssociatedParameter is not null)];
        var seen = new HashSet<string>();
        foreach (JsonProperty member in json.EnumerateObject())
        {
            string name = ShownJson.Name(member) ?? throw new InvalidDataException($"{Where(path)} has a member whose name is no text");
            string memberPath = path.Length == 0 ? name : $"{path}.{name}";
            if (!seen.Add(name))
                throw new InvalidDataException($"{ShownJson.Shown(memberPath)} is given twice");
            if (members.FirstOrDefault(p => p.Name == name) is { } known)
                CheckMember(member.Value, known, memberPath);
            else if (onlyNotes || type.UnmappedMemberHandling == JsonUnmappedMemberHandling.Skip)
                _unused.Add(ShownJson.Shown(memberPath));
            else
                throw Unknown(path, name, [.. members.Select(p => p.Name)]);
        }
        foreach (JsonPropertyInfo member in members)
            if (member.AssociatedParameter is { HasDefaultValue: false, IsMemberInitializer: false } && !MayBeNull(member) && !seen.Contains(member.Name))
                throw new InvalidDataException($"{Where(path)} lacks {member.Name}");
    }

    private void CheckMember(JsonElement value, JsonPropertyInfo member, string path)
    {
        if (value.ValueKind != JsonValueKind.Null || !MayBeNull(member))
            Check(value, options.GetTypeInfo(member.PropertyType), path);
    }

    private static bool MayBeNull(JsonPropertyInfo member) =>
        member.PropertyType.IsValueType ? Nullable.GetUnderlyingType(member.PropertyType) is not null : member.IsSetNullable;

    private void CheckList(JsonElement json, JsonTypeInfo type, string path)
    {
        if (json.ValueKind != JsonValueKind.Array)
            throw Expected(path, "a list", json);
        JsonTypeInfo item = options.GetTypeInfo(type.ElementType!);
        int i = 0;
        foreach (JsonElement value in json.EnumerateArray())
            Check(value, item, $"{path}[{i++}]");
    }

    private void CheckValue(JsonElement json, JsonTypeInfo type, string path)
    {
        Type value = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        bool isNumber = json.ValueKind == JsonValueKind.Number;
        if (value == typeof(int))
            Require(isNumber && json.TryGetInt32(out _), "a whole number of 32 bits");
        else if (value == typeof(ulong))
            Require(isNumber && json.TryGetUInt64(out _), "a whole number of 64 bits that is not negative");
        else if (value == typeof(float) || value == typeof(double))
            Require(isNumber, "a number");
        else if (value == typeof(bool))
            Require(json.ValueKind is JsonValueKind.True or JsonValueKind.False, "true or false");
        else if (value == typeof(string))
            Require(json.ValueKind == JsonValueKind.String && ShownJson.Text(json) is not null, "a text");
        else if (value.IsEnum)
            CheckName(json, value, path);
        else
            Convert(json, type, path);

        void Require(bool fits, string what)
        {
            if (!fits)
                throw Expected(path, what, json);
        }
    }

    private void CheckName(JsonElement json, Type type, string path)
    {
        JsonTypeInfo info = options.GetTypeInfo(type);
        string[] names =
        [
            .. Enum.GetValuesAsUnderlyingType(type).Cast<object>()
                .Select(v => JsonSerializer.SerializeToElement(Enum.ToObject(type, v), info).GetString()!),
        ];
        string? name = json.ValueKind == JsonValueKind.String ? ShownJson.Text(json) : null;
        if (name is null || !names.Contains(name, StringComparer.OrdinalIgnoreCase))
            throw Expected(path, string.Join(", ", names), json);
    }

    // A type with a converter of its own, which says what is wrong.
    private static void Convert(JsonElement json, JsonTypeInfo type, string path)
    {
        try
        {
            _ = json.Deserialize(type);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{Where(path)} is {ShownJson.Shown(json)}; {e.Message}", e);
        }
    }

    private InvalidDataException Unknown(string path, string name, string[] known)
    {
        string prefix = path.Length == 0 ? "" : $"{path}.";
        string hint = NearestName.Of(name, known) is { } nearest ? $"did you mean {prefix}{nearest}?" : $"there are {ShortList.Of(known)}";
        return new InvalidDataException($"{prefix}{ShownJson.Shown(name)} is not a {noun}; {hint}");
    }

    private static InvalidDataException Expected(string path, string what, JsonElement json) =>
        new($"{Where(path)} is {ShownJson.Shown(json)}; it must be {what}");

    private static string Where(string path) => path.Length == 0 ? "the whole" : path;
}
