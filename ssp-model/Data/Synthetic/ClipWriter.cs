using System.Text.Json.Nodes;
using SspNative.Engine.Serialization;
using SspNative.Kernels.Cpu;
using SspNative.Model.Config;
using SspNative.Model.Media;

namespace SspNative.Model.Data.Synthetic;

/// <summary>Writes the folder of one synthetic clip.</summary>
internal static class ClipWriter
{
    public static void Write(SyntheticClip clip, ClipRecord record, string folder)
    {
        for (int t = 0; t < clip.Frames.Length; t++)
        {
            clip.Frames[t].SavePng(Path.Combine(folder, "frames", $"{t}.png"));
            Palette.Paint(clip.Labels[t]).SavePng(Path.Combine(folder, "labels_rgb", $"{t}.png"));
            PalettePng.Save(Path.Combine(folder, "visible", $"{t}.png"), clip.Visible[t]);
            // Where classes do not tell things apart, their numbers do.
            if (clip.Scene.Kinship == Kinship.TwoOfAKind)
                PalettePng.Save(Path.Combine(folder, KnownScene.NumbersFolder, $"{t}.png"), clip.Numbers[t]);
        }
        File.WriteAllBytes(Path.Combine(folder, "audio.wav"), Soundtrack.ToWav(clip.Audio));
        File.WriteAllText(Path.Combine(folder, "prompts.json"), PromptsJson(clip));
        File.WriteAllText(Path.Combine(folder, "clip.json"), ConfigJson.Write(record));
        WriteFlow(clip, Path.Combine(folder, "flow.safetensors"));
    }

    /// <summary>The best level where prompts are expected, and all levels by name.</summary>
    private static string PromptsJson(SyntheticClip clip)
    {
        var levels = new JsonObject();
        for (int i = 0; i < clip.Prompts.Length; i++)
            levels.Add(Captions.Levels[i], new JsonObject { ["A1"] = clip.Prompts[i].A1, ["A2"] = clip.Prompts[i].A2 });
        var all = new JsonObject { ["A1"] = clip.Prompts[0].A1, ["A2"] = clip.Prompts[0].A2, ["levels"] = levels };
        return all.ToJsonString(ConfigJson.Options);
    }

    private static void WriteFlow(SyntheticClip clip, string path)
    {
        int pairs = clip.Frames.Length - 1, size = clip.Scene.Size;
        if (pairs == 0)
            return;
        using var scope = new TensorScope();
        Tensor flow = Tensor.FromArray(clip.Flow, [pairs, 2, size, size], CpuDevice.Default);
        SafetensorsWriter.Write(
            path,
            new Dictionary<string, Tensor> { ["flow"] = flow },
            new Dictionary<string, string> { ["unit"] = "pixels, u right, v down" });
    }
}
