using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SspNative.Engine.Storage;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Prompting;

/// <summary>
/// Answers of language models on disk, a JSON file for each clip, model and pair of questions, which is a prompts file too. What is there is never
/// asked again.
/// </summary>
/// <param name="folder">The folder, made when it is needed.</param>
public sealed class PromptCache(string folder)
{
    /// <summary>The answers under a key, or null.</summary>
    /// <exception cref="InputException">The file is damaged.</exception>
    public Prompts? Find(string key) => File.Exists(PathOf(key)) ? Prompts.Load(PathOf(key)) : null;

    /// <summary>Keeps answers, each file whole or not at all.</summary>
    public void Keep(string key, Prompts prompts, PromptQuestions questions, string model)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.WriteText(PathOf(key), Json(prompts, questions, model));
    }

    /// <summary>A prompts file, <c>{"A1": "…", "A2": "…"}</c>, that also says what was asked and who answered.</summary>
    public static string Json(Prompts prompts, PromptQuestions questions, string model)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            Write(json, prompts);
            json.WriteString("model", model);
            json.WriteString("Q1", questions.First);
            json.WriteString("Q2", questions.Second);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    /// <summary>A prompts file of several clips, <c>{"clips": {"NAME": {"A1": "…", "A2": "…"}}}</c>, by their names.</summary>
    public static string Json(IEnumerable<(string Clip, Prompts Prompts)> clips, PromptQuestions questions, string model)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject(Prompts.ClipsMember);
            foreach ((string clip, Prompts prompts) in clips)
            {
                json.WriteStartObject(clip);
                Write(json, prompts);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            json.WriteString("model", model);
            json.WriteString("Q1", questions.First);
            json.WriteString("Q2", questions.Second);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    private static void Write(Utf8JsonWriter json, Prompts prompts)
    {
        json.WriteString("A1", prompts.A1);
        json.WriteString("A2", prompts.A2);
    }

    private string PathOf(string key) => Path.Combine(folder, $"{key}.json");
}
