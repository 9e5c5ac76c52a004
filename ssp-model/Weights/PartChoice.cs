using SspNative.Model.Config;

namespace SspNative.Model.Weights;

/// <summary>
/// Which file each part of the model is taken from. Of files that are named one by one the first that has a part gives it. A folder may
/// have the same weights in two formats, but no part in two different files.
/// </summary>
/// <param name="task">The task whose segmenter is taken where a folder has one of each; null for the binary one.</param>
internal sealed class PartChoice(SegmentationTask? task)
{
    private readonly List<NetworkFile> _named = [];
    private readonly List<FoundPart> _found = [];
    private readonly List<string> _notes = [];

    /// <summary>The parts that are used.</summary>
    public List<FoundPart> Parts { get; } = [];

    /// <summary>The files that are read.</summary>
    public IReadOnlyList<NetworkFile> Read => [.. _named.Concat(Parts.Select(p => p.Network)).Distinct()];

    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Whether there are segmenters of both tasks.</summary>
    public bool HasBothTasks { get; private set; }

    public void AddFile(NetworkFile network)
    {
        _named.Add(network);
        _found.AddRange(network.Parts);
    }

    /// <exception cref="InputException">The folder has no weights.</exception>
    public void AddFolder(string folder, IReadOnlyList<NetworkFile> networks, IReadOnlyList<SkippedFile> skipped)
    {
        _notes.AddRange(skipped.Select(s => $"{s.Reason}; not read"));
        if (networks.Count == 0)
            throw new InputException(skipped.Count == 0
                ? $"{folder}: no weights are in this folder"
                : $"{folder}: no weights that can be read: {ShortList.Of([.. skipped.Select(s => s.Reason)], "; ")}");
        _found.AddRange(networks.SelectMany(n => n.Parts));
        _notes.AddRange(networks.Where(n => n.Parts.Count == 0).Select(n => $"{n.Name}: no part of this model; not used"));
    }

    /// <exception cref="InputException">A folder has a part in two files.</exception>
    public void Decide()
    {
        foreach (IGrouping<ModelPart, FoundPart> part in _found.GroupBy(f => f.Part))
        {
            FoundPart[] candidates = part.Key == ModelPart.Segmenter ? OfTask([.. part]) : [.. part];
            FoundPart chosen = Choose(part.Key, candidates);
            Parts.Add(chosen);
            _notes.AddRange(candidates.Where(c => c != chosen).Select(c => $"{c.Network.Name}: {part.Key.Title} is taken from {chosen.Network.Name}"));
        }
        if (Parts.Any(p => p.Part == ModelPart.Segmenter) && Parts.Find(p => p.Part == ModelPart.Mask2Former) is { } start && Parts.Remove(start))
            _notes.Add($"{start.Network.Name}: Mask2Former is where a training begins; not used");
    }

    private FoundPart[] OfTask(FoundPart[] segmenters)
    {
        FoundPart[] binary = [.. segmenters.Where(s => PartSizes.TaskOf(s) == SegmentationTask.Avs)], semantic = [.. segmenters.Except(binary)];
        if (binary.Length == 0 || semantic.Length == 0 || segmenters.Any(IsNamed))
            return segmenters;
        HasBothTasks = true;
        if (task is null)
            _notes.Add($"{semantic[0].Network.Name}: a semantic segmenter; task avss runs it");
        return task == SegmentationTask.Avss ? semantic : binary;
    }

    private FoundPart Choose(ModelPart part, FoundPart[] candidates)
    {
        if (candidates.FirstOrDefault(IsNamed) is { } named)
            return named;
        // Text encoders with cross attention are BLIP's, which SSP is made of.
        FoundPart[] preferred = part == ModelPart.Text ? [.. candidates.Where(PartSizes.HasCrossAttention)] : [];
        preferred = preferred.Length > 0 ? preferred : candidates;
        FoundPart[] different = [.. preferred.GroupBy(c => c.Network.Folder).SelectMany(OneFormat)];
        string files = ShortList.Of([.. preferred.Select(c => c.Network.Name)]);
        return different is [var one] ? one : throw new InputException($"{files}: each has {part.Title}; name the files that are meant, not the folder");
    }

    // One network is often there in two formats, side by side.
    private static FoundPart[] OneFormat(IGrouping<string, FoundPart> beside)
    {
        FoundPart[] safe = [.. beside.Where(c => c.Network.Files[0].Format == "safetensors")];
        return safe.Length == 1 ? safe : [.. beside];
    }

    private bool IsNamed(FoundPart part) => _named.Contains(part.Network);
}
