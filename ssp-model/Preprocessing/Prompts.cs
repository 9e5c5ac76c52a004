using System.Text.Json;

namespace SspNative.Model.Preprocessing;

/// <summary>The two answers of the language model about a clip that the model reads (§4.2 of the paper).</summary>
/// <param name="A1">What is seen, as "a NOUN VERB NOUN" phrases, for example "a man plays a guitar".</param>
/// <param name="A2">The nouns that may sound, separated by commas.</param>
public sealed record Prompts(string A1, string A2)
{
    /// <summary>No text at all.</summary>
    public static Prompts Empty { get; } = new("", "");

    /// <summary>Reads a JSON file <c>{"A1": "…", "A2": "…"}</c>; other members are ignored.</summary>
    /// <exception cref="InputException">The file is missing, no JSON, or lacks one of the two texts.</exception>
    public static Prompts Load(string path)
    {
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file");
        return Parse(File.ReadAllText(path), path);
    }

    /// <param name="source">Where the text came from, for messages.</param>
    /// <exception cref="InputException">It is no JSON or lacks one of the two texts.</exception>
    public static Prompts Parse(string json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return new Prompts(Text(document.RootElement, "A1", source), Text(document.RootElement, "A2", source));
        }
        catch (JsonException e)
        {
            throw new InputException($"{source}: not JSON (line {e.LineNumber + 1})", e);
        }
    }

    private static string Text(JsonElement root, string name, string source) =>
        root.ValueKind == JsonValueKind.Object
        && root.TryGetProperty(name, out JsonElement member)
        && member.ValueKind == JsonValueKind.String
        && !string.IsNullOrWhiteSpace(member.GetString())
            ? member.GetString()!.Trim()
            : throw new InputException(
                $$"""{{source}}: no text "{{name}}"; prompts are {"A1": "a man plays a guitar", "A2": "man, guitar"}""");
}
