using SspNative.Engine.Serialization;
using SspNative.Model.Config;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;

namespace SspNative.Model.Data.AvsBench;

/// <summary>
/// Clips of AVSBench (Zhou et al., ECCV 2022 and IJCV 2024) in either release, recognised by its files: one frame a second
/// at the size on disk, masks at the frames' size, sound as log-mel examples. A clip may bring <c>prompts.json</c> and
/// <c>flow.safetensors</c> (tensor <c>flow</c>, (T−1,2,H,W), pixels) in the folder of its frames (object release) or above
/// it (semantic release).
/// </summary>
public sealed class AvsBenchDataset : IClipDataset
{
    private readonly AvsBenchLayout _layout;
    private readonly AvsBenchOptions _options;
    private readonly ClipEntry[] _entries;

    /// <param name="root">The folder with the release's metadata.</param>
    /// <exception cref="InputException">
    /// The folder holds no AVSBench, a line of its metadata is malformed, or no clip is in the wanted subset and split.
    /// </exception>
    public AvsBenchDataset(string root, AvsBenchOptions options)
    {
        _layout = AvsBenchLayout.Detect(root);
        _options = options;
        if (options.Task == SegmentationTask.Avss && !_layout.HasClasses)
            throw new InputException(
                $"{root}: the object release of AVSBench has no classes; task avss needs the semantic release");
        _entries = [.. _layout.ReadEntries().Where(e => e.Split == options.Split && (options.Subset ?? e.Subset) == e.Subset)];
        if (options.BySubset)
            _entries = [.. _entries.OrderBy(e => e.Subset)];
        if (_entries.Length == 0)
        {
            string[] there = [.. _layout.ReadEntries().Select(e => AvsBenchNames.Of(e.Split)).Distinct().Order(StringComparer.Ordinal)];
            throw new InputException(
                $"{root}: no clip of split {AvsBenchNames.Of(options.Split)}"
                + (options.Subset is { } subset ? $" in subset {AvsBenchNames.Of(subset)}" : "")
                + (there.Length > 0 ? $"; there are clips of {string.Join(", ", there)}" : ""));
        }
    }

    public int Count => _entries.Length;

    public string Id(int index) => _entries[index].Id;

    /// <summary>The subset that a clip belongs to.</summary>
    public AvsBenchSubset Subset(int index) => _entries[index].Subset;

    /// <summary>A clip's prompts alone.</summary>
    /// <exception cref="InputException">They cannot be read, or lack the level.</exception>
    public Prompts PromptsOf(int index) => ReadPrompts(_layout.Locate(_entries[index]).Folder);

    public TrainingClip Load(int index)
    {
        ClipEntry entry = _entries[index];
        ClipFiles files = _layout.Locate(entry);
        int count = files.Frames.Length;
        bool repeats = _options.RepeatLabelledFrame && entry.HasOneLabel;
        Image[] frames = repeats ? [Image.Load(files.Frames[0])] : ReadFrames(files.Frames);
        string?[] masks = _options.Visible
            ? [.. frames.Select((_, t) => Path.Combine(files.Folder, "visible", $"{t}.png"))]
            : files.Masks[..frames.Length];
        LabelMap?[] labels = [.. masks.Select(m => m is null ? null : ReadLabels(m, frames[0]))];
        ClipFlow? flow = _options.ExactFlow ? ReadFlow(Path.Combine(files.Folder, "flow.safetensors"), count, frames[0]) : null;
        if (repeats)
        {
            frames = [.. Enumerable.Repeat(frames[0], count)];
            labels = [.. Enumerable.Repeat(labels[0], count)];
            flow = flow?.RepeatFirstPair(count - 1);
        }
        return new TrainingClip(entry.Id, frames, labels, ReadSound(files.Audio, count), flow, ReadPrompts(files.Folder))
        {
            HasClasses = _layout.HasClasses && !IsBinary,
            RepeatsFirst = repeats,
            NextPicture = repeats && flow is null && count > 1 ? Image.Load(files.Frames[1]) : null,
            Scene = _options.Scenes && !repeats ? Synthetic.KnownScene.Load(files.Folder, frames) : null,
        };
    }

    private bool IsBinary => _options is { Task: SegmentationTask.Avs, KeepClasses: false };

    private static Image[] ReadFrames(string[] files)
    {
        Image[] frames = [.. files.Select(Image.Load)];
        int odd = Array.FindIndex(frames, f => (f.Width, f.Height) != (frames[0].Width, frames[0].Height));
        return odd < 0
            ? frames
            : throw new InputException(
                $"{files[odd]}: the frame is {frames[odd].Width}×{frames[odd].Height}, the clip's first "
                + $"{frames[0].Width}×{frames[0].Height}");
    }

    private LabelMap ReadLabels(string path, Image frame)
    {
        LabelMap labels = _layout.ReadMask(path);
        if ((labels.Width, labels.Height) != (frame.Width, frame.Height))
            labels = labels.ResizeNearest(frame.Width, frame.Height);
        return IsBinary ? labels.ToBinary() : labels;
    }

    private static float[] ReadSound(string path, int frames)
    {
        if (File.Exists(path) && new FileInfo(path).Length == 0)
            throw new InputException($"{path}: the sound file is empty");
        return LogMel.ForVideoFrames(WavFile.Load(path, LogMel.SampleRate), frames, framesPerSecond: 1);
    }

    /// <summary>The flow of a clip, (T−1,2,H,W); null where it has no such file.</summary>
    /// <exception cref="InputException">The file is damaged, or has flow of another size.</exception>
    internal static ClipFlow? ReadFlow(string path, int frames, Image frame)
    {
        if (frames < 2 || !File.Exists(path))
            return null;
        Shape wanted = [frames - 1, 2, frame.Height, frame.Width];
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            TensorEntry entry = file.Find("flow") ?? throw new InputException($"{path}: no tensor named flow");
            if (entry.Shape != wanted)
                throw new InputException($"{path}: flow is {entry.Shape}, not {wanted} (T−1,2,H,W)");
            float[] flow = file.ReadFloats("flow");
            int bad = Array.FindIndex(flow, v => !float.IsFinite(v));
            return bad < 0
                ? new ClipFlow(flow, frame.Height, frame.Width)
                : throw new InputException($"{path}: value {bad} of flow is not a finite number");
        }
        catch (InvalidDataException e)
        {
            throw new InputException(e.Message, e);
        }
    }

    private Prompts ReadPrompts(string folder)
    {
        string path = Path.Combine(folder, "prompts.json");
        return File.Exists(path) ? ClipPrompts.Load(path, _options.PromptLevel) : Prompts.Empty;
    }
}
