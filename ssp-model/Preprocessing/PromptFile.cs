using System.Text.Json;
using SspNative.Model.Files;

namespace SspNative.Model.Preprocessing;

/// <summary>
/// A JSON file of prompts, of at most 16 MiB: those of one clip, <c>{"A1": "…", "A2": "…"}</c>, which serve any, or of several,
/// <c>{"clips": {"NAME": {"A1": "…", "A2": "…"}}}</c>.
/// </summary>
public sealed class PromptFile
{
    private readonly string _path;
    private readonly JsonElement _root;

    private PromptFile(string path, JsonElement root) => (_path, _root) = (path, root);

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It is missing, too large or no JSON.</exception>
    public static PromptFile Load(string path)
    {
        using JsonDocument document = JsonText.Parse(InputFile.ReadText(path, InputFile.TextLimit), path);
        return new PromptFile(path, document.RootElement.Clone());
    }

    /// <summary>The prompts of a clip.</summary>
    /// <param name="clip">The name of the clip's file or folder.</param>
    /// <exception cref="InputException">The file lacks one of the two texts, or has prompts of other clips alone.</exception>
    public Prompts Of(string clip)
    {
        if (_root.ValueKind != JsonValueKind.Object || _root.TryGetProperty("A1", out _) || !_root.TryGetProperty(Prompts.ClipsMember, out JsonElement clips))
            return Prompts.Read(_root, _path);
        return clips.ValueKind == JsonValueKind.Object && clips.TryGetProperty(clip, out JsonElement pair)
            ? Prompts.Read(pair, $"{_path}, clip {clip}")
            : throw new InputException($"{_path}: there are no prompts of {InputFile.Quote(clip)}");
    }
}
