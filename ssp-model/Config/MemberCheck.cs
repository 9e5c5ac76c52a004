using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SspNative.Model.Config;

/// <summary>Something that is read from JSON and whose numbers must fit each other and stated limits.</summary>
internal interface IValidated
{
    /// <summary>Checks every number.</summary>
    /// <param name="path">Where it lies in the file, for messages: empty for the whole, else as <c>config.</c></param>
    /// <exception cref="InvalidDataException">One does not fit; one line names its path, its value and what is allowed.</exception>
    void Validate(string path = "");
}

/// <summary>Checks of the numbers of one JSON object. A failure names the member as it is published, its value and what is allowed.</summary>
/// <param name="path">Where the object lies in the file, as <c>swin.</c></param>
internal readonly struct MemberCheck(string path)
{
    public void Range(long value, long least, long most, [CallerArgumentExpression(nameof(value))] string member = "")
    {
        if (value < least || value > most)
            throw Failure(member, value, string.Create(CultureInfo.InvariantCulture, $"from {least} to {most:#,0}"));
    }

    /// <summary>Fails unless a number is in a range.</summary>
    public void Range(float value, float least, float most, [CallerArgumentExpression(nameof(value))] string member = "")
    {
        // Written so that NaN fails.
        if (!(value >= least && value <= most))
            throw Failure(member, value, string.Create(CultureInfo.InvariantCulture, $"from {least:0.######} to {most:#,0.######}"));
    }

    /// <inheritdoc cref="Range(float, float, float, string)"/>
    public void Range(double value, double least, double most, [CallerArgumentExpression(nameof(value))] string member = "")
    {
        if (!(value >= least && value <= most))
            throw Failure(member, value, string.Create(CultureInfo.InvariantCulture, $"from {least:0.######} to {most:#,0.######}"));
    }

    /// <summary>Fails unless the value is a multiple of another, which is at least 1.</summary>
    public void Multiple(int value, int of, string ofWhat, [CallerArgumentExpression(nameof(value))] string member = "")
    {
        if (value % of != 0)
            throw Failure(member, value, string.Create(CultureInfo.InvariantCulture, $"a multiple of {ofWhat}, {of}"));
    }

    public void Equal(int value, int wanted, string toWhat, [CallerArgumentExpression(nameof(value))] string member = "")
    {
        if (value != wanted)
            throw Failure(member, value, string.Create(CultureInfo.InvariantCulture, $"equal to {toWhat}, {wanted}"));
    }

    /// <summary>Fails unless a list has a count of numbers, all in a range.</summary>
    public void List(IReadOnlyList<int> values, int count, int least, int most, [CallerArgumentExpression(nameof(values))] string member = "")
    {
        if (values.Count != count)
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture, $"{path}{Published(member)} is a list of {values.Count}; it must be one of {count} numbers"));
        for (int i = 0; i < count; i++)
            Range(values[i], least, most, Item(member, i));
    }

    public void OneOf(string value, IReadOnlyCollection<string> allowed, [CallerArgumentExpression(nameof(value))] string member = "")
    {
        if (!allowed.Contains(value))
            throw Failure(member, $"\"{ShownJson.Shown(value)}\"", ShortList.Of(allowed));
    }

    /// <summary>The name of a list's item.</summary>
    public static string Item(string member, int index) => string.Create(CultureInfo.InvariantCulture, $"{member}[{index}]");

    private InvalidDataException Failure(string member, object value, string allowed) => new(string.Create(
        CultureInfo.InvariantCulture, $"{path}{Published(member)} is {value}; it must be {allowed}"));

    // The naming policy would tear the brackets of a list's item from its name.
    private static string Published(string member)
    {
        int bracket = member.IndexOf('[');
        return bracket < 0
            ? JsonNamingPolicy.SnakeCaseLower.ConvertName(member)
            : JsonNamingPolicy.SnakeCaseLower.ConvertName(member[..bracket]) + member[bracket..];
    }
}
