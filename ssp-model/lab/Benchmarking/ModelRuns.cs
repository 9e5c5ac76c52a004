using SspNative.Engine.Optim;
using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;
using SspNative.Model.Config;
using SspNative.Model.Decoder;
using SspNative.Model.Encoders.Bert;
using SspNative.Model.Encoders.Clip;
using SspNative.Model.Encoders.Vggish;
using SspNative.Model.Losses;
using SspNative.Model.Networks;
using SspNative.Model.OpticalFlow.Perceiver;
using SspNative.Model.Preprocessing;
using SspNative.Model.Training;
using SspNative.Model.Weights;

namespace SspNative.Lab.Benchmarking;

/// <summary>Makes the engine ready to execute a model case, with procedural weights and inputs.</summary>
public static class ModelRuns
{
    private const double ClipNorm = 0.01;

    private static readonly Dictionary<string, Kind> _kinds = new()
    {
        ["aavs"] = new(Frame, "size"),
        ["aavs_clip"] = new(Frames, "size", "frames"),
        ["clip_vit_b16"] = new(Clip, "images"),
        ["bert"] = new(Bert, "batch", "tokens", ("layers", 12), ("hidden", 768), ("heads", 12), ("intermediate", 3072), ("vocabulary", 30524)),
        ["vggish"] = new(Sound, "examples"),
        ["perceiver_flow"] = new(Flow, "height", "width"),
        [ModelCases.TrainStepKind] = new(TrainStep, "size", ("trained", 0, 0), ("checkpointed", 0, 0)),
    };

    // What a case runs, and by which published names its results can be compared.
    private delegate IEnumerable<(string Name, Tensor Value)> Run();

    /// <summary>The sizes of each kind of model.</summary>
    internal static IReadOnlyDictionary<string, BenchSize[]> Sizes { get; } = _kinds.ToDictionary(k => k.Key, k => k.Value.Sizes);

    /// <summary>The work of a case on a device, parameters and inputs made.</summary>
    /// <param name="weights">Null: procedural ones.</param>
    /// <exception cref="InputException">The kind is unknown, or a size it needs is missing.</exception>
    public static BenchRun Prepare(BenchCase work, IDevice device, IParameterSource? weights = null)
    {
        if (!_kinds.TryGetValue(work.Kind, out Kind? kind))
            throw new InputException($"{work.Name}: there is no model of the kind {work.Kind}");
        var store = new ParameterStore(weights ?? new ProceduralSource(1), device) { IsForInference = work.Kind != ModelCases.TrainStepKind };
        var made = new Made(work, store, device);
        try
        {
            Run run = kind.Build(made);
            return new ForwardRun(
                () => run(), made.Owned, () => [.. run().Select(o => new CaseOutput(o.Name, o.Value.Shape.ToArray(), o.Value.ToArray()))]);
        }
        catch
        {
            made.Owned.ForEach(m => m.Dispose());
            throw;
        }
    }

    /// <summary>Floating-point operations of one execution, counted by running it on a <see cref="CountingDevice"/>.</summary>
    /// <exception cref="InputException">The model cannot have the case's sizes.</exception>
    public static double Count(BenchCase work)
    {
        using var device = new CountingDevice();
        try
        {
            using BenchRun counted = Prepare(work, device, new ShapesOnlySource());
            double before = device.Cost.Flops;
            counted.Run();
            return device.Cost.Flops - before;
        }
        catch (ArgumentException e)
        {
            throw new InputException($"{work.Name}: {e.Message}", e);
        }
    }

    private static Run Clip(Made m)
    {
        var config = new ClipVisionConfig();
        var clip = new ClipVision(m.Root, config);
        Tensor images = m.Uniform("images", m.Size("images"), 3, config.ImageSize, config.ImageSize);
        return () =>
        {
            ClipVisionOutput seen = clip.Forward(images);
            return [("last_hidden_state", seen.LastHiddenState), ("pooler_output", seen.PoolerOutput)];
        };
    }

    private static Run Sound(Made m)
    {
        var vggish = new Vggish(m.Root);
        Tensor examples = m.Uniform("examples", m.Size("examples"), 1, LogMel.Frames, LogMel.Bands);
        return () => [("embeddings", vggish.Forward(examples))];
    }

    private static Run Flow(Made m)
    {
        (int height, int width) = (m.Size("height"), m.Size("width"));
        var flow = new PerceiverFlow(m.Root, new PerceiverFlowConfig { TrainSize = [height, width] });
        Tensor patches = m.Uniform("patches", 1, 2, FlowPatches.Channels, height, width);
        return () => [("flow", flow.Forward(patches))];
    }

    private static Run Frame(Made m)
    {
        var aavs = new Aavs(m.Root, new AavsConfig());
        Tensor frame = m.Uniform("frame", 1, 3, m.Size("size"), m.Size("size")), audio = m.Uniform("audio", 1, AudioQueries.AudioChannels);
        return () =>
        {
            PixelDecoderOutput pixels = aavs.Encode(frame);
            QueryPrediction last = aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, audio, null)[^1];
            return [("class_queries_logits", last.ClassLogits), ("masks_queries_logits", last.MaskLogits)];
        };
    }

    // A clip is streamed: nothing of a frame is held when the next one begins.
    private static Run Frames(Made m)
    {
        int frames = m.Size("frames");
        var aavs = new Aavs(m.Root, new AavsConfig());
        Tensor frame = m.Uniform("frame", 1, 3, m.Size("size"), m.Size("size")), audio = m.Uniform("audio", 1, AudioQueries.AudioChannels);
        return () =>
        {
            for (int i = 0; i < frames; i++)
            {
                using var scope = new TensorScope();
                PixelDecoderOutput pixels = aavs.Encode(frame);
                aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, audio, null);
            }
            return [];
        };
    }

    private static Run Bert(Made m)
    {
        int hidden = m.Size("hidden");
        var config = new BertConfig
        {
            VocabSize = m.Size("vocabulary"),
            HiddenSize = hidden,
            EncoderHiddenSize = hidden,
            NumHiddenLayers = m.Size("layers"),
            NumAttentionHeads = m.Size("heads"),
            IntermediateSize = m.Size("intermediate"),
        };
        config.Validate($"{m.Name}: ");
        var bert = new BertModel(m.Root, config);
        int batch = m.Size("batch"), tokens = m.Size("tokens");
        long[] real = new long[batch * tokens];
        Array.Fill(real, 1);
        Tensor ids = m.Own(Tensor.FromArray(WordIds.Of(batch * tokens, config.VocabSize), [batch, tokens], m.Device));
        Tensor mask = m.Own(Tensor.FromArray(real, [batch, tokens], m.Device));
        return () =>
        {
            BertOutput read = bert.Forward(ids, mask);
            return [("last_hidden_state", read.LastHiddenState), ("pooler_output", read.PoolerOutput)];
        };
    }

    // Forward, the set criterion against a background and one square that sounds, backward, clipping, AdamW of a phase's parameters.
    private static Run TrainStep(Made m)
    {
        int size = m.Size("size");
        var trained = (TrainableSet)m.Size("trained");
        bool checkpointed = m.Size("checkpointed") == 1;
        var aavs = new Aavs(m.Root, new AavsConfig());
        Tensor frame = m.Uniform("frame", 1, 3, size, size), audio = m.Uniform("audio", 1, AudioQueries.AudioChannels);
        Tensor masks = m.Own(Tensor.FromArray(BackgroundAndSquare(size), [2, size, size], m.Device));
        MaskTargets[] targets = [new MaskTargets([0, 1], masks)];
        var criterion = new SetCriterion(new CriterionConfig());
        var optimizer = new AdamW { LearningRate = 1e-5f };
        var points = new SplitMixPoints(1);
        m.Owned.Add(optimizer);
        m.Parameters.Train(p => trained.Includes(p));
        (string Name, Tensor Parameter)[] parameters = [.. m.Parameters.Trainable];
        return () =>
        {
            using var tape = new GradientTape { CheckpointLayers = checkpointed };
            PixelDecoderOutput pixels = aavs.Encode(frame);
            IReadOnlyList<QueryPrediction> predictions =
                aavs.Decode(pixels.Levels.HandOver(), pixels.MaskFeatures, audio, null, auxiliary: true);
            Tensor loss = criterion.Forward(predictions, targets, points).Total;
            using Gradients gradients = tape.Backward(loss);
            (string, Tensor, Tensor)[] changed =
                [.. parameters.Where(p => gradients.Find(p.Parameter) is not null).Select(p => (p.Name, p.Parameter, gradients[p.Parameter]))];
            double norm = GradientClipping.GlobalNorm(changed.Select(c => c.Item3));
            optimizer.Update(changed, GradientClipping.Scale(norm, ClipNorm));
            return [];
        };
    }

    private static float[] BackgroundAndSquare(int size)
    {
        float[] masks = new float[2 * size * size];
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                bool inside = y >= size / 4 && y < size / 2 && x >= size / 4 && x < size / 2;
                masks[((inside ? 1 : 0) * size * size) + (y * size) + x] = 1;
            }
        return masks;
    }

    // How a kind is made ready, and the sizes that it reads.
    private sealed record Kind(Func<Made, Run> Build, params BenchSize[] Sizes);

    // What was made for a case, which goes with it.
    private sealed class Made(BenchCase work, ParameterStore store, IDevice device)
    {
        public string Name => work.Name;

        public IDevice Device => device;

        public ParameterStore Parameters => store;

        public ParameterPath Root => store.Root;

        public List<IDisposable> Owned { get; } = [store];

        public int Size(string name) => work.Size(name);

        public Tensor Uniform(string name, params int[] shape) => Own(NamedStream.Uniform(name, new Shape(shape), 1, 0f, 1f, device));

        public Tensor Own(Tensor tensor)
        {
            Owned.Add(TensorScope.Unowned(tensor));
            return tensor;
        }
    }
}
