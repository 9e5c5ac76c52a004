using SspNative.Engine.Serialization;
using SspNative.Model.Config;

namespace SspNative.Model.Weights;

/// <summary>What is in a weight file: its format, its parts of the model, and which of its tensors the model takes.</summary>
/// <param name="File">The file, or the index of its shards.</param>
/// <param name="Format">As <c>PyTorch zip</c>; null where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
/// <param name="Bytes">Length of its files.</param>
/// <param name="Tensors">How many tensors it has.</param>
/// <param name="Types">How many of each element type, as <c>F32</c>.</param>
/// <param name="Parts">Its parts of the model; none where it is something else.</param>
/// <param name="Unused">Names that no part takes.</param>
public sealed record WeightReport(
    string File, string? Format, string? Problem, long Bytes, int Tensors, IReadOnlyDictionary<string, int> Types, IReadOnlyList<PartReport> Parts,
    IReadOnlyList<string> Unused)
{
    /// <summary>Reports on a file, shards, or everything in a folder.</summary>
    /// <exception cref="InputException">There is no such file or folder, or the folder is too large.</exception>
    /// <exception cref="InvalidDataException">The file is no weight file, or damaged.</exception>
    public static IReadOnlyList<WeightReport> Inspect(string path)
    {
        if (!Directory.Exists(path))
        {
            using NetworkFile network = Open(path);
            return [Inspect(network)];
        }
        var skipped = new List<SkippedFile>();
        List<NetworkFile> networks = WeightFolder.Open(path, skipped);
        try
        {
            return [.. networks.Select(Inspect), .. skipped.Select(s => Unreadable(s.Path, s.Reason))];
        }
        finally
        {
            foreach (NetworkFile network in networks)
                network.Dispose();
        }
    }

    private static WeightReport Unreadable(string file, string problem) => new(file, null, problem, 0, 0, new Dictionary<string, int>(), [], []);

    private static NetworkFile Open(string path) => System.IO.File.Exists(path)
        ? NetworkFile.Open(path, path)
        : throw new InputException($"{path}: there is no such weight file");

    private static WeightReport Inspect(NetworkFile network)
    {
        TensorEntry[] entries = [.. network.Names.Select(n => network.Find(n)!.Value.Entry)];
        var taken = new HashSet<string>();
        PartReport[] parts;
        try
        {
            parts = [.. network.Parts.Select(p => PartReport.Inspect(p, taken))];
        }
        catch (InvalidDataException e)
        {
            return Unreadable(network.Name, e.Message);
        }
        return new WeightReport(
            network.Name, network.Files[0].Format, null, network.Files.Sum(f => f.Length), entries.Length,
            entries.GroupBy(e => e.StoredType).OrderByDescending(g => g.Count()).ToDictionary(g => g.Key, g => g.Count()),
            parts, [.. network.Names.Where(n => !taken.Contains(network.Find(n)!.Value.Entry.Name)).Order(StringComparer.Ordinal)]);
    }
}

/// <summary>A part of the model in a file.</summary>
/// <param name="Part">As <c>CLIP</c>.</param>
/// <param name="Prefix">What the file puts before the part's own names.</param>
/// <param name="Sizes">Its sizes in words.</param>
/// <param name="Used">Tensors that the model takes.</param>
/// <param name="Missing">Parameters that the file lacks, by the file's names.</param>
/// <param name="Note">What the missing ones are, or why the file's own do not serve; null where nothing is to be said.</param>
public sealed record PartReport(string Part, string Prefix, string Sizes, int Used, IReadOnlyList<string> Missing, string? Note)
{
    internal static PartReport Inspect(FoundPart found, HashSet<string> taken)
    {
        SspConfig config = PartSizes.Infer([found]);
        string? without = found.Part == ModelPart.Text ? PartSizes.WhyNoCrossAttention(found) : null;
        var missing = new List<string>();
        int used = 0;
        foreach (string name in found.Part.Parameters(config))
            if (!(without is not null && name.Contains(".crossattention.", StringComparison.Ordinal)) && found.Find(name) is var (_, entry))
            {
                used++;
                taken.Add(entry.Name);
            }
            else
            {
                missing.Add(found.StoredName(name));
            }
        string? note = found.Part == ModelPart.Mask2Former && missing.Count > 0 && missing.All(IsAdapter)
            ? "the adapters of AAVS, with which a training begins"
            : without;
        return new PartReport(found.Part.Title, found.Prefix, found.Part.InWords(config), used, missing, note);
    }

    private static bool IsAdapter(string name) => name.Contains(".avs_adapt.", StringComparison.Ordinal);
}
