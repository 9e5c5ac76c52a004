using SspNative.Model.Data;
using SspNative.Model.Media;
using SspNative.Model.OpticalFlow;
using SspNative.Model.Preprocessing;

namespace SspNative.Tests.Support;

/// <summary>
/// Clips of two frames: a square that moves right and sounds over a textured background. Its class sets colour and sound.
/// </summary>
internal sealed class MadeClips(int count) : IClipDataset
{
    public const int Size = 64;

    private const int Side = 24, Step = 8, Frames = 2;

    public int Count => count;

    /// <summary>Applied to each clip that is read.</summary>
    public Func<TrainingClip, TrainingClip> Change { get; init; } = clip => clip;

    public string Id(int index) => $"made-{index}";

    public TrainingClip Load(int index)
    {
        int label = 1 + index % 7;
        int left = 8 + 8 * (index % 3), top = 8 + 8 * (index % 4);
        var frames = new Image[Frames];
        var labels = new LabelMap[Frames];
        float[] flow = new float[2 * Size * Size];
        for (int t = 0; t < Frames; t++)
        {
            frames[t] = new Image(Size, Size);
            labels[t] = new LabelMap(Size, Size);
            for (int y = 0; y < Size; y++)
                for (int x = 0; x < Size; x++)
                {
                    bool inside = x >= left + t * Step && x < left + t * Step + Side && y >= top && y < top + Side;
                    byte texture = (byte)((x * 37 + y * 101 + index * 17) % 64);
                    (byte r, byte g, byte b) = inside ? ((byte)(200 - 20 * label), (byte)(30 * label), (byte)220) : (texture, texture, (byte)30);
                    (frames[t][x, y][0], frames[t][x, y][1], frames[t][x, y][2]) = (r, g, b);
                    labels[t].Labels[y * Size + x] = (byte)(inside ? label : 0);
                    if (inside && t == 0)
                        flow[y * Size + x] = Step;
                }
        }
        float[] examples = new float[Frames * LogMel.ExampleLength];
        for (int i = 0; i < examples.Length; i++)
            examples[i] = i % LogMel.Bands / 8 == label ? 1f : -2f;
        return Change(new TrainingClip(
            Id(index), frames, labels, examples, new ClipFlow(flow, Size, Size), new Prompts($"a square{label} plays a tone", $"square{label}"))
        {
            HasClasses = true,
        });
    }
}
