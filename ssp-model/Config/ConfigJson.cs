using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace SspNative.Model.Config;

/// <summary>
/// JSON as in published config files: snake_case names. What this project's files hold is checked whole: every member must be known, of the
/// right kind, there once and in its limits. Sections in the form of published files may hold members that are not read.
/// </summary>
public static class ConfigJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false) },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        WriteIndented = true,
    };

    /// <summary>Reads and checks a text of JSON.</summary>
    /// <param name="text">The text.</param>
    /// <param name="noun">What a member is called in messages.</param>
    /// <exception cref="InvalidDataException">It is no JSON or does not fit; the message is one line that names the member.</exception>
    public static T Parse<T>(string text, string noun = "member")
    {
        using JsonDocument document = ParseDocument(text);
        return Read<T>(document.RootElement, noun);
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

    /// <inheritdoc cref="Read{T}(JsonElement, string, out IReadOnlyList{string})"/>
    public static T Read<T>(JsonElement json, string noun = "member") => Read<T>(json, noun, out _);

    /// <summary>Checks a value and makes it what it says.</summary>
    /// <param name="json">The value.</param>
    /// <param name="noun">What a member is called in messages.</param>
    /// <param name="unused">Members of published sections that are not read.</param>
    /// <exception cref="InvalidDataException">It does not fit; the message is one line that names the member.</exception>
    public static T Read<T>(JsonElement json, string noun, out IReadOnlyList<string> unused)
    {
        T value = Read<T>(json, new JsonMembers(Options, noun, onlyNotes: false), out unused);
        (value as IValidated)?.Validate();
        return value;
    }

    /// <summary>
    /// Reads what is part of a file of a wider form, such as the record of a reference case: members that are not known are skipped, and numbers
    /// may be of a part that no whole model has.
    /// </summary>
    /// <exception cref="InvalidDataException">A member is of another kind.</exception>
    public static T ReadPart<T>(JsonElement json) => Read<T>(json, new JsonMembers(Options, "member", onlyNotes: true), out _);

    private static T Read<T>(JsonElement json, JsonMembers members, out IReadOnlyList<string> unused)
    {
        var type = (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
        members.Check(json, type);
        unused = members.Unused;
        return json.Deserialize(type)!;
    }
}
