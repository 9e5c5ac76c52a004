using System.Text.Json;
using System.Text.Json.Serialization;

namespace SspNative.Model.MaskFusion;

/// <summary>A <see cref="Tau"/> in JSON: the text that <see cref="Tau.TryParse"/> reads.</summary>
internal sealed class TauConverter : JsonConverter<Tau>
{
    public override Tau Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Tau.TryParse(reader.GetString()!, out Tau tau)
            ? tau
            : throw new JsonException("it must be a text: a number from 0 to 1, or otsu");

    public override void Write(Utf8JsonWriter writer, Tau value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
