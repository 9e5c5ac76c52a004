using System.Diagnostics;
using SspNative.Lab.References;

namespace SspNative.Lab.Verification;

/// <summary>
/// Runs reference cases: computes the case's module forwards and backwards and judges what comes out. On a device that is for inference alone there is no
/// backward pass, and no gradient is judged.
/// </summary>
public static class CaseRunner
{
    /// <summary>
    /// A case with gradients but without cotangents differentiates the output of this name, a scalar loss.
    /// </summary>
    private const string LossName = "total";

    /// <summary>Runs one case with the modules of the project.</summary>
    public static CaseResult Run(string path, IDevice device) => Run(path, device, ModuleRegistry.Default);

    /// <summary>Runs one case. Whatever goes wrong in it is its failure, so that others can go on.</summary>
    public static CaseResult Run(string path, IDevice device, ModuleRegistry modules)
    {
        long start = Stopwatch.GetTimestamp();
        string? module = null;
        try
        {
            using ReferenceCase referenceCase = ReferenceCase.Open(path);
            module = referenceCase.Module;
            ReferenceModule run = modules.Find(module)
                ?? throw new InvalidDataException($"{path}: there is no module {module}");
            List<Judgement> judgements = Judge(referenceCase, run, device);
            return new CaseResult(path, module, judgements, null, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception e)
        {
            string kind = e is InvalidDataException or IOException ? "" : $"{e.GetType().Name}: ";
            string reason = kind + e.Message.ReplaceLineEndings(" ");
            return new CaseResult(path, module, [], reason, Stopwatch.GetElapsedTime(start));
        }
    }

    private static List<Judgement> Judge(ReferenceCase referenceCase, ReferenceModule run, IDevice device)
    {
        using var scope = new TensorScope();
        using var context = new ReferenceContext(referenceCase, device);
        using GradientTape? tape = referenceCase.Gradients.Count > 0 && device.Precision.WeightType() == DType.F32 ? new GradientTape() : null;
        IReadOnlyDictionary<string, Tensor> outputs = run(context);
        device.Synchronize();
        var judgements = new List<Judgement>();
        foreach (ExpectedTensor expected in referenceCase.Outputs)
            judgements.Add(outputs.TryGetValue(expected.Name, out Tensor? ours)
                ? expected.Judge(ours)
                : Judgement.Fail(expected.Name, "the module does not return it", expected.TorchError));
        if (tape is not null)
            judgements.AddRange(JudgeGradients(referenceCase, context, tape, outputs));
        return judgements;
    }

    private static List<Judgement> JudgeGradients(
        ReferenceCase referenceCase, ReferenceContext context, GradientTape tape, IReadOnlyDictionary<string, Tensor> outputs)
    {
        var seeds = new List<(Tensor Output, Tensor Cotangent)>();
        foreach (ExpectedTensor expected in referenceCase.Outputs)
        {
            if (context.FindCotangent(expected) is not { } cotangent)
                continue;
            // Without every output that the loss is made of, no gradient can be right.
            if (!outputs.TryGetValue(expected.Name, out Tensor? output) || !output.Shape.Equals(expected.Shape))
                return FailGradients(
                    referenceCase, $"not computed, because the output {expected.Name} is missing or has the wrong shape");
            if (output.RequiresGrad)
                seeds.Add((output, cotangent));
        }
        if (seeds.Count == 0 && outputs.TryGetValue(LossName, out Tensor? loss) && loss.RequiresGrad)
            seeds.Add((loss, Tensor.FromArray([1f], loss.Shape, loss.Device)));
        if (seeds.Count == 0)
            return FailGradients(referenceCase, "not computed, because no output depends on what requires a gradient");
        using Gradients gradients = tape.Backward(seeds);
        context.Device.Synchronize();
        var judgements = new List<Judgement>();
        foreach (ExpectedTensor expected in referenceCase.Gradients)
        {
            Tensor? variable = context.Used(expected.Name[ReferenceCase.GradPrefix.Length..]);
            Tensor? gradient = variable is null ? null : gradients.Find(variable);
            judgements.Add(gradient is null ? expected.JudgeZeros() : expected.Judge(gradient));
        }
        return judgements;
    }

    private static List<Judgement> FailGradients(ReferenceCase referenceCase, string reason) =>
        [.. referenceCase.Gradients.Select(g => Judgement.Fail(g.Name, reason, g.TorchError))];
}
