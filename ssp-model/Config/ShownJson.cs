using System.Text.Json;

namespace SspNative.Model.Config;

/// <summary>Text of a JSON file inside messages: short, and without control characters.</summary>
internal static class ShownJson
{
    private const int Longest = 40;

    /// <summary>A text as a message shows it.</summary>
    public static string Shown(string text) => ShownText.Of(text, Longest);

    /// <summary>A value as a message shows it.</summary>
    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => Shown(value.GetRawText()),
    };

    /// <summary>A member's name; null where its escapes are no text, as half of a surrogate pair.</summary>
    public static string? Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The text of a JSON string; null where its escapes are no text.</summary>
    public static string? Text(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
