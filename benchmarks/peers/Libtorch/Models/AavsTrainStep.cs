using System.Diagnostics;
using System.Text.RegularExpressions;
using SspNative.Lab.Workloads;
using SspNative.Peers.Libtorch.Kernels;
using SspNative.Peers.Models;
using static TorchSharp.torch;

namespace SspNative.Peers.Libtorch.Models;

/// <summary>
/// One training step of AAVS on one frame with one target: forward, set criterion, backward, clipping, AdamW. Gradients go to the queries, the
/// class head, the audio projection and the decoders' adapters; in the second phase to the backbone's adapters too.
/// </summary>
internal sealed partial class AavsTrainStep : IPeerCase
{
    private const double MaxNorm = 0.01;

    private readonly Weights _weights = new();
    private readonly Aavs _model;
    private readonly Tensor[] _trained;
    private readonly Tensor _images;
    private readonly Tensor _audio;
    private readonly Tensor _target;
    private readonly SetCriterion _criterion = new();
    private readonly FusedAdamW _optimizer;

    public AavsTrainStep(BenchCase work)
    {
        if (work.Pass == Pass.Backward)
            throw new UnsupportedCaseException("a training step is both passes; it is timed as forward");
        int size = work.Sizes["size"];
        _model = new Aavs(_weights, new AavsSizes());
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in _weights.Parameters)
            parameter.requires_grad_(Heads().IsMatch(name) || (work.Sizes["trained"] > 0 && BackboneAdapters().IsMatch(name)));
        _trained = [.. _weights.Parameters.Values.Where(p => p.requires_grad)];
        _images = randn(1, 3, size, size);
        _audio = randn(1, 128);
        _target = zeros(1, size, size);
        _target.narrow(1, size / 4, size / 2).narrow(2, size / 4, size / 2).fill_(1);
        _optimizer = new FusedAdamW(_trained);
        double[] seconds = [.. ((bool[])[true, false]).Select(fused =>
        {
            _weights.Attention.Fused = fused;
            Run();
            return Run();
        })];
        _weights.Attention.Fused = seconds[0] <= seconds[1];
    }

    public double Run()
    {
        using DisposeScope scope = NewDisposeScope();
        long start = Stopwatch.GetTimestamp();
        Tensor loss = _criterion.Loss(_model.Forward(_images, _audio), _target);
        Tensor[] gradients = [.. autograd.grad([loss], _trained)];
        GradientClipping.Apply(gradients, MaxNorm);
        _optimizer.Step(gradients);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _weights.Dispose();
        _images.Dispose();
        _audio.Dispose();
        _target.Dispose();
        _criterion.Dispose();
    }

    [GeneratedRegex(@"^model\.model\.transformer_module\.queries_|^model\.class_predictor\.|^audio_proj\.|\.avs_adapt\.")]
    private static partial Regex Heads();

    [GeneratedRegex(@"\.swin_adapt_[13]\.")]
    private static partial Regex BackboneAdapters();
}
