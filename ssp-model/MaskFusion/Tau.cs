using System.Globalization;
using System.Text.Json.Serialization;

namespace SspNative.Model.MaskFusion;

/// <summary>
/// The threshold τ of the optical mask: a number in 0…1, relative to the strongest motion (<see cref="MotionMeasure"/>), or Otsu's threshold of the
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
    public static Tau Parse(string text) => TryParse(text, out Tau tau)
        ? tau
        : throw new InputException($"tau must be a number from 0 to 1 or \"otsu\", not \"{text}\"");

    /// <summary>Reads "otsu" or a number such as "0.1"; false where it is neither, or the number is not within 0…1.</summary>
    public static bool TryParse(string text, out Tau tau)
    {
        if (text.Equals("otsu", StringComparison.OrdinalIgnoreCase))
        {
            tau = Otsu;
            return true;
        }
        bool fits = float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value is >= 0 and <= 1;
        tau = fits ? new Tau(value) : Default;
        return fits;
    }

    public override string ToString() => Value?.ToString(CultureInfo.InvariantCulture) ?? "otsu";
}
