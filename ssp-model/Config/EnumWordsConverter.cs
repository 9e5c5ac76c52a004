using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SspNative.Model.Config;

/// <summary>
/// An enumeration by the words that files have for its values (<see cref="JsonStringEnumMemberNameAttribute"/>), read in letters of either case. By the
/// attribute alone, which other serializers go by, they would be read as they are written.
/// </summary>
internal sealed class EnumWordsConverter<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T> : JsonConverter<T>
    where T : struct, Enum
{
    private static readonly Dictionary<T, string> _words = typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static).ToDictionary(
        field => (T)field.GetValue(null)!, field => field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? field.Name);

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? word = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        foreach ((T value, string known) in _words)
            if (known.Equals(word, StringComparison.OrdinalIgnoreCase))
                return value;
        throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(_words[value]);
}
