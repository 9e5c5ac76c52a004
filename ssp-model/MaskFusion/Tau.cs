using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// The threshold τ of the optical mask: a number in 0…1, relative to the clip's strongest motion, or Otsu's threshold of the
/// clip. The paper prints no value; 0.1 is this project's choice.
/// </summary>
[JsonConverter(typeof(TauConverter))]
public readonly record struct Tau
{
    private Tau(float? value) => Value = value;

    /// <summary>τ = 0.1.</summary>
    public static Tau Default { get; } = Of(0.1f);

    /// <summary>The threshold that separates each clip's moving from its still pixels best.</summary>
    public static Tau Otsu { get; } = new(null);

    /// <summary>The fixed threshold, or null for Otsu's.</summary>
    public float? Value { get; }

    /// <exception cref="ArgumentOutOfRangeException">The number is not within 0…1.</exception>
    public static Tau Of(float value) => value is >= 0 and <= 1
        ? new Tau(value)
        : throw new ArgumentOutOfRangeException(nameof(value), value, "tau must be a number from 0 to 1");

    /// <summary>Reads "otsu" or a number such as "0.1".</summary>
    /// <exception cref="InputException">It is neither, or the number is not within 0…1.</exception>
    public static Tau Parse(string text)
    {
        if (text.Equals("otsu", StringComparison.OrdinalIgnoreCase))
            return Otsu;
        if (float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value is >= 0 and <= 1)
            return new Tau(value);
        throw new InputException($"tau must be a number from 0 to 1 or \"otsu\", not \"{text}\"");
    }

    public override string ToString() => Value?.ToString(CultureInfo.InvariantCulture) ?? "otsu";
}

/// <summary>A threshold in JSON: text, as <see cref="Tau.Parse"/> reads it.</summary>
internal sealed class TauConverter : JsonConverter<Tau>
{
    public override Tau Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Tau.Parse(reader.GetString() ?? "");

    public override void Write(Utf8JsonWriter writer, Tau value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
