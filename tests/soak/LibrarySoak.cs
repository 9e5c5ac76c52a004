using System.Security.Cryptography;
using System.Text;
using SspNative.Engine;
using SspNative.Model;
using SspNative.Model.Pipeline;
using SspNative.Model.Results;

namespace SspNative.Soak;

/// <summary>Many clips through one model of the library: both stages, with everything written that is written of a clip.</summary>
internal static class LibrarySoak
{
    private static readonly string[] _timed = ["result.json", "index.html"];

    /// <param name="kinds">The clips.</param>
    /// <param name="count">How many.</param>
    /// <param name="folder">Where results go, each over the one before.</param>
    public static SoakRun Run(IReadOnlyList<ClipKind> kinds, int count, string folder)
    {
        var run = new SoakRun("library", kinds);
        using var model = SspModel.Load(new SspModelOptions
        {
            Weights = [Bundled("synth-avss")],
            Stage1Weights = [Bundled("synth-avs")],
            KeepsNetworks = true,
        });
        string result = Path.Combine(folder, "result");
        for (int i = 0; i < count; i++)
        {
            ClipKind kind = kinds[i % kinds.Count];
            try
            {
                run.Add(kind, Segment(model, kind, result));
            }
            catch (Exception e) when (e is InputException or InvalidDataException)
            {
                run.Add(kind, null, e.Message);
            }
            if ((i + 1) % kinds.Count == 0 || i + 1 == count)
                run.Sample(Environment.ProcessId);
        }
        run.End();
        return run;
    }

    private static string Segment(SspModel model, ClipKind kind, string result)
    {
        SegmentationReport report;
        using (var writer = new ResultWriter(result, new ResultVideos(Overlay: kind.HasVideo, Compare: kind.HasVideo)))
            report = writer.Write(model.Begin(kind.Path, new SegmentationSettings(), (_, _, _) => { }));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.EnumerateFiles(result, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(result, file)));
            // Times are in these; what was found is in the report.
            if (!_timed.Contains(Path.GetFileName(file)))
                hash.AppendData(File.ReadAllBytes(file));
        }
        hash.AppendData(Encoding.UTF8.GetBytes((report with { Stages = [], PeakTensorBytes = 0, PeakProcessBytes = 0 }).ToJson()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Bundled(string name) => Path.Combine(AppContext.BaseDirectory, "models", $"{name}.safetensors");
}
