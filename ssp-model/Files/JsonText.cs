using System.Text;
using System.Text.Json;

namespace SspNative.Model.Files;

/// <summary>
/// JSON that people bring. It is checked whole before anything is taken from it: what .NET's reader finds only where a text is
/// used, half of a surrogate pair, and what it lets pass, a member named twice, are errors that name their line.
/// </summary>
internal static class JsonText
{
    /// <param name="source">Where the text came from, for messages.</param>
    /// <exception cref="InputException">It is no such JSON.</exception>
    public static JsonDocument Parse(string text, string source)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        try
        {
            Check(utf8, source);
            return JsonDocument.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new InputException($"{source}: not JSON (line {e.LineNumber + 1})", e);
        }
    }

    private static void Check(ReadOnlySpan<byte> utf8, string source)
    {
        var reader = new Utf8JsonReader(utf8);
        var members = new Stack<HashSet<string>>();
        while (reader.Read())
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    members.Push([]);
                    break;
                case JsonTokenType.EndObject:
                    members.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    string name = ReadString(ref reader, utf8, source);
                    if (!members.Peek().Add(name))
                        throw new InputException($"{source}: line {Line(reader, utf8)} has the member {InputFile.Quote(name)} a second time");
                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    ReadString(ref reader, utf8, source);
                    break;
            }
    }

    private static string ReadString(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, string source)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{source}: line {Line(reader, utf8)} has half of a surrogate pair, which is no text", e);
        }
    }

    private static int Line(in Utf8JsonReader reader, ReadOnlySpan<byte> utf8) =>
        1 + utf8[..(int)reader.TokenStartIndex].Count((byte)'\n');
}
