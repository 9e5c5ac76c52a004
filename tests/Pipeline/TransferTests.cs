using SspNative.Engine;
using SspNative.Engine.Diagnostics;
using SspNative.Kernels;
using SspNative.Kernels.Cpu;
using SspNative.Model.Data;
using SspNative.Model.Networks;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Tests.Support;
using Xunit;

namespace SspNative.Tests.Pipeline;

/// <summary>What is copied on the CPU: just what a GPU copies, but for tables.</summary>
public class TransferTests
{
    [Fact]
    public void AFrameSendsItsInputsAndReadsItsLabels()
    {
        using var device = new CpuDevice(CpuDevice.Default.Isa);
        Transfers.OfAFrame(device);
    }

    [Fact]
    public void AStepSendsItsBatchAndReadsWhatIsDecidedOnTheHost()
    {
        using var device = new CpuDevice(CpuDevice.Default.Isa);
        Transfers.OfAStep(device, tables: []);
    }
}

/// <summary>
/// All that is copied between host and device for a frame and for a step of training. Each line that is read waits for the device, so that there should
/// be few.
/// </summary>
internal static class Transfers
{
    private const int Float = sizeof(float), Index = sizeof(long), Flag = 1, Point = 2 * Float;

    public static void OfAFrame(IDevice device)
    {
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        TrainingClip clip = new MadeClips(1).Load(0);
        LabelledClip seen = new LabelledClipPreparer(TinyModel.Binary, TinyModel.Options, TinyModel.Tokenizer)
            .ForValidation(clip with { Labels = [clip.Labels[0], null] });
        PreparedClip frame = seen.Prepared with { AudioEmbedding = new float[128] };
        const int height = 40, width = 56;
        int tokens = frame.Ids.Length;

        AssertCopies(device, Segment,
        [
            Sent("pre-mask", frame.PreMask.Values.Length * Float),
            Sent("pixels", 3 * 64 * 64 * Float),
            Sent("CLIP's pixels", 3 * 48 * 48 * Float),
            Sent("tokens", tokens * Index),
            Sent("attention mask", tokens * Index),
            Sent("sound embedding", 128 * Float),
            Sent("padding that attention must not see", tokens * Flag, "ssp ▸ vta"),
            Sent("share of each token in the mean", tokens * Float, "ssp ▸ vta"),
            Read("whether features, class logits and mask logits are finite", 3 * Flag),
            Read("labels", height * width * Index, "label map"),
            Read("confidence", height * width * Float, "label map"),
        ]);

        void Segment()
        {
            using var scope = new TensorScope();
            MaskPostprocessor.Segment(model.Forward(frame), frame.Size, height, width, union: true);
        }
    }

    /// <param name="device">Where.</param>
    /// <param name="tables">Bytes for each parameter of the tables that a device makes of the gradients, and of the parameters.</param>
    public static void OfAStep(IDevice device, int[] tables)
    {
        const int frames = 2, size = 64, queries = 10, labels = 2, targets = 2, predictions = 4, masks = frames * targets;
        const int points = 128, candidates = 3 * points;
        using TrainingModel model = TinyModel.Create(TinyModel.Binary, device);
        var data = new MadeClips(1);
        using var trainer = new Trainer(model, data, TinyModel.Options with { ClipsPerStep = 1 }, TinyModel.Tokenizer);
        PreparedClip clip = new LabelledClipPreparer(model.Config, trainer.Options, TinyModel.Tokenizer).ForTraining(data.Load(0), true).Prepared;
        trainer.Step();
        int tokens = clip.Ids.Length, parameters = trainer.Moments.Count;

        AssertCopies(device, () => trainer.Step(),
        [
            Sent("pre-masks", clip.PreMask.Values.Length * Float, "forward"),
            Sent("pixels", frames * 3 * size * size * Float, "forward"),
            Sent("CLIP's pixels", frames * 3 * 48 * 48 * Float, "forward"),
            Sent("tokens", tokens * Index, "forward"),
            Sent("attention mask", tokens * Index, "forward"),
            Sent("sound", frames * LogMel.ExampleLength * Float, "forward"),
            Sent("padding that attention must not see", tokens * Flag, "forward ▸ ssp ▸ vta"),
            Sent("share of each token in the mean", tokens * Float, "forward ▸ ssp ▸ vta"),
            Read("whether the logits of every prediction are finite", 2 * predictions * Flag, "forward"),
            .. Times(frames, Sent("masks of a frame's targets", targets * size * size * Float, "forward")),
            .. Times(frames, Sent("post-masks of a frame's targets", targets * size * size * Float, "forward")),

            Sent("points for the matching", predictions * frames * points * Point, "forward ▸ loss ▸ matching"),
            Read("matching costs, class probabilities", predictions * frames * queries * (targets + labels + 1) * Float, "forward ▸ loss ▸ matching"),

            .. Times(predictions, Sent("matched queries", masks * Index, "forward ▸ loss ▸ points")),
            Sent("candidates for the points of the losses", predictions * masks * candidates * Point, "forward ▸ loss ▸ points"),
            Read("logits at the candidates", predictions * masks * candidates * Float, "forward ▸ loss ▸ points"),
            Sent("chosen points", predictions * masks * points * Point, "forward ▸ loss ▸ points"),
            .. Times(predictions, Sent("matched targets", masks * Index, "forward ▸ loss ▸ points")),

            Sent("class weights", (labels + 1) * Float, "forward ▸ loss"),
            .. Times(predictions, Sent("the class of every query", frames * queries * Index, "forward ▸ loss")),
            Read("the loss and its parts", 5 * Float, "forward"),
            .. tables.Take(1).Select(bytes => Sent("where the gradients are", parameters * bytes, "update")),
            Read("the sum of squares of each gradient", parameters * sizeof(double), "update"),
            .. tables.Skip(1).Select(bytes => Sent("where parameters, gradients and moments are", parameters * bytes, "update")),
        ]);
    }

    private static void AssertCopies(IDevice device, Action action, params (string What, Transfer Copy)[] expected)
    {
        // The first time makes tables that stay on the device.
        action();
        var log = new TransferLog();
        using var profiler = new Profiler();
        using (device.Observe(log))
            action();
        Assert.Equal(expected.Select(e => e.Copy), log.Transfers);
    }

    private static (string What, Transfer Copy) Sent(string what, long bytes, string module = "") =>
        (what, new Transfer(HostCopy.FromHost, bytes, module));

    private static (string What, Transfer Copy) Read(string what, long bytes, string module = "") =>
        (what, new Transfer(HostCopy.ToHost, bytes, module));

    private static IEnumerable<(string What, Transfer Copy)> Times(int count, (string What, Transfer Copy) copy) => Enumerable.Repeat(copy, count);
}
