using System.Text.Json;
using SspNative.Model.Files;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data.AvsBench;

/// <summary>
/// Reads the prompts of a clip: <c>{"A1": "…", "A2": "…"}</c>, and where descriptions of several qualities are compared
/// (Fig. 7 of the paper), further pairs by name under <c>"levels"</c>.
/// </summary>
internal static class ClipPrompts
{
    /// <param name="level">The name of a pair under "levels", or null for the file's own.</param>
    /// <exception cref="InputException">The file is no JSON, or lacks the level or one of its texts.</exception>
    public static Prompts Load(string path, string? level)
    {
        using JsonDocument document = JsonText.Parse(InputFile.ReadText(path, InputFile.SmallTextLimit), path);
        if (level is null)
            return Prompts.Read(document.RootElement, path);
        return document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty("levels", out JsonElement levels)
            && levels.ValueKind == JsonValueKind.Object
            && levels.TryGetProperty(level, out JsonElement pair)
            ? Prompts.Read(pair, $"{path}, level {level}")
            : throw new InputException($"{path}: there are no prompts of level \"{level}\"");
    }
}
