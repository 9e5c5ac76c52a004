using System.Text.Json;
using SspNative.Model.Files;

namespace SspNative.Model.Preprocessing;

/// <summary>The two answers of the language model about a clip that the model reads (§4.2 of the paper).</summary>
/// <param name="A1">What is seen, as "a NOUN VERB NOUN" phrases, for example "a man plays a guitar".</param>
/// <param name="A2">The nouns that may sound, separated by commas.</param>
public sealed record Prompts(string A1, string A2)
{
    /// <summary>The longest text that is read. The model reads its first words, as many as its text encoder has positions.</summary>
    public const int MostCharacters = 1 << 14;

    /// <summary>The member of a file that holds the prompts of several clips.</summary>
    internal const string ClipsMember = "clips";

    /// <summary>No text at all.</summary>
    public static Prompts Empty { get; } = new("", "");

    /// <summary>
    /// Reads a JSON file of at most 1 MiB, <c>{"A1": "…", "A2": "…"}</c>, each text of at most 16,384 characters; other members
    /// are ignored.
    /// </summary>
    /// <exception cref="InputException">The file is missing, too large, no JSON, or lacks one of the two texts.</exception>
    public static Prompts Load(string path) => Parse(InputFile.ReadText(path, InputFile.SmallTextLimit), path);

    /// <summary>Reads the prompts of one clip from such a file, or from a file of several clips (<see cref="PromptFile"/>).</summary>
    /// <param name="clip">The name of the clip's file or folder.</param>
    /// <exception cref="InputException">The file cannot be read as <see cref="Load(string)"/> reads one, or has prompts of other clips alone.</exception>
    public static Prompts Load(string path, string clip) => PromptFile.Load(path).Of(clip);

    /// <param name="source">Where the text came from, for messages.</param>
    /// <exception cref="InputException">It is no JSON or lacks one of the two texts.</exception>
    public static Prompts Parse(string json, string source)
    {
        using JsonDocument document = JsonText.Parse(json, source);
        return Read(document.RootElement, source);
    }

    internal static Prompts Read(JsonElement pair, string source) => new(Text(pair, "A1", source), Text(pair, "A2", source));

    private static string Text(JsonElement root, string name, string source)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty(name, out JsonElement member)
            || member.ValueKind != JsonValueKind.String
            || string.IsNullOrWhiteSpace(member.GetString()))
            throw new InputException(
                $$"""{{source}}: no text "{{name}}"; prompts are {"A1": "a man plays a guitar", "A2": "man, guitar"}""");
        string text = member.GetString()!.Trim();
        return text.Length <= MostCharacters
            ? text
            : throw new InputException($"{source}: the text \"{name}\" has {text.Length} characters, at most {MostCharacters} are read");
    }
}
