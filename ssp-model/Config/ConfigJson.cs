using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SspNative.Model.Config;

/// <summary>
/// JSON as in published config files: snake_case names. What this project's files hold is checked whole: every member must be known, of the
/// right kind, there once and in its limits. Sections in the form of published files may hold members that are not read.
/// </summary>
public static class ConfigJson
{
    /// <summary>How the types of the model are read and written.</summary>
    public static JsonSerializerOptions Options { get; } = With(typeof(ConfigJson).Assembly.GetCustomAttribute<JsonTypesAttribute>()!.Resolver);

    /// <summary>The same form for other types.</summary>
    /// <param name="types">A generated context that knows them.</param>
    public static JsonSerializerOptions With(IJsonTypeInfoResolver types) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        TypeInfoResolver = types.WithAddedModifier(KeepInitialValues),
        WriteIndented = true,
    };

    /// <summary>A value as a text of JSON.</summary>
    public static string Write<T>(T value) => Write(value, Options);

    /// <summary>Writes a value as JSON, in UTF-8, without holding the text.</summary>
    public static void Write<T>(T value, Stream stream) => JsonSerializer.Serialize(stream, value, (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T)));

    /// <inheritdoc cref="Write{T}(T)"/>
    /// <param name="options">Those of <see cref="With"/> where the model does not know the type.</param>
    public static string Write<T>(T value, JsonSerializerOptions options) => JsonSerializer.Serialize(value, options.GetTypeInfo(typeof(T)));

    /// <summary>A value of an enumeration by the word that files have for it.</summary>
    public static string Word<T>(T value)
        where T : struct, Enum => JsonSerializer.SerializeToElement(value, Options.GetTypeInfo(typeof(T))).GetString()!;

    /// <summary>Reads and checks a text of JSON.</summary>
    /// <param name="noun">What a member is called in messages.</param>
    /// <param name="options">Those of <see cref="With"/> where the model does not know the type.</param>
    /// <exception cref="InvalidDataException">It is no JSON or does not fit; the message is one line that names the member.</exception>
    public static T Parse<T>(string text, string noun = "member", JsonSerializerOptions? options = null)
    {
        using JsonDocument document = ParseDocument(text);
        return Read<T>(document.RootElement, noun, options ?? Options, out _);
    }

    /// <exception cref="InvalidDataException">It is no JSON; the message says where.</exception>
    public static JsonDocument ParseDocument(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"no JSON: wrong at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", e);
        }
    }

    /// <summary>A member of an object; null where there is none of that name, or no object.</summary>
    /// <exception cref="InvalidDataException">The object has a member whose name is no text, as half of a surrogate pair.</exception>
    public static JsonElement? Find(JsonElement json, string name)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out JsonElement member) ? member : null;
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException("has a member whose name is no text", e);
        }
    }

    /// <inheritdoc cref="Read{T}(JsonElement, string, out IReadOnlyList{string})"/>
    public static T Read<T>(JsonElement json, string noun = "member") => Read<T>(json, noun, out _);

    /// <summary>Checks a value and makes it what it says.</summary>
    /// <param name="noun">What a member is called in messages.</param>
    /// <param name="unused">Members of published sections that are not read.</param>
    /// <exception cref="InvalidDataException">It does not fit; the message is one line that names the member.</exception>
    public static T Read<T>(JsonElement json, string noun, out IReadOnlyList<string> unused) => Read<T>(json, noun, Options, out unused);

    /// <summary>
    /// Reads what is part of a file of a wider form, such as the record of a reference case: members that are not known are skipped, and numbers
    /// may be of a part that no whole model has.
    /// </summary>
    /// <exception cref="InvalidDataException">A member is of another kind.</exception>
    public static T ReadPart<T>(JsonElement json) => Read<T>(json, new JsonMembers(Options, "member", onlyNotes: true), Options);

    private static T Read<T>(JsonElement json, string noun, JsonSerializerOptions options, out IReadOnlyList<string> unused)
    {
        var members = new JsonMembers(options, noun, onlyNotes: false);
        T value = Read<T>(json, members, options);
        unused = members.Unused;
        (value as IValidated)?.Validate();
        return value;
    }

    private static T Read<T>(JsonElement json, JsonMembers members, JsonSerializerOptions options)
    {
        var type = (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));
        members.Check(json, type);
        return json.Deserialize(type)!;
    }

    // Generated code sets every init property: those that a file lacks to zero, whatever their initial values. So such objects are made empty, and what
    // the file has is set.
    private static void KeepInitialValues(JsonTypeInfo type)
    {
        JsonPropertyInfo[] members = [.. type.Properties.Where(p => p.AssociatedParameter is { IsMemberInitializer: true })];
        if (members.Length == 0 || type.ConstructorAttributeProvider is not ConstructorInfo constructor || constructor.GetParameters().Length > 0)
            return;
        type.CreateObject = () => constructor.Invoke(null);
        foreach (JsonPropertyInfo member in members)
        {
            var property = (PropertyInfo)member.AttributeProvider!;
            member.Set = property.SetValue;
        }
    }
}
