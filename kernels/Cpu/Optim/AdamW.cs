using System.Runtime.CompilerServices;

namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    public void AdamW(in AdamWCall call)
    {
        long count = call.Count;
        AdamWStep step = call.Step;
        float* p = Floats(call.Parameter), g = Floats(call.Gradient), pm = Floats(call.M), pv = Floats(call.V);
        // A float nearest to 0.999 is 1.3e-8 off, which 1 − β₂ would magnify to 1.3e-5; decimal gives the number that was meant.
        double beta1 = (double)(decimal)step.Beta1, beta2 = (double)(decimal)step.Beta2;
        var scalars = new AdamWScalars(
            GradientScale: step.GradientScale,
            Keep: (float)(1 - (double)step.LearningRate * step.WeightDecay),
            MeanRate: (float)(1 - beta1),
            SquareKeep: (float)beta2,
            SquareRate: (float)(1 - beta2),
            StepSize: (float)(step.LearningRate / (1 - Math.Pow(beta1, step.Step))),
            RootCorrection: (float)Math.Sqrt(1 - Math.Pow(beta2, step.Step)),
            step.Epsilon);
        CpuThreads.Ranges(
            count,
            ElementGrain,
            (start, end) => AdamWRange(p + start, g + start, pm + start, pv + start, (nint)(end - start), scalars));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AdamWRange(float* p, float* g, float* m, float* v, nint n, AdamWScalars s)
    {
        TVec gradientScale = TSimd.Broadcast(s.GradientScale), keep = TSimd.Broadcast(s.Keep);
        TVec meanRate = TSimd.Broadcast(s.MeanRate);
        TVec squareKeep = TSimd.Broadcast(s.SquareKeep), squareRate = TSimd.Broadcast(s.SquareRate);
        TVec stepSize = TSimd.Broadcast(-s.StepSize), root = TSimd.Broadcast(s.RootCorrection);
        TVec epsilon = TSimd.Broadcast(s.Epsilon);
        for (nint i = 0; i < n; i += TSimd.Width)
        {
            TVec gi = TSimd.Mul(TSimd.Load(g + i), gradientScale);
            TVec mi = TSimd.Load(m + i);
            mi = TSimd.Fma(TSimd.Sub(gi, mi), meanRate, mi);
            TVec vi = TSimd.Fma(TSimd.Mul(squareRate, gi), gi, TSimd.Mul(squareKeep, TSimd.Load(v + i)));
            TVec denominator = TSimd.Add(TSimd.Div(TSimd.Sqrt(vi), root), epsilon);
            TVec pi = TSimd.Mul(TSimd.Load(p + i), keep);
            TSimd.Store(m + i, mi);
            TSimd.Store(v + i, vi);
            TSimd.Store(p + i, TSimd.Fma(stepSize, TSimd.Div(mi, denominator), pi));
        }
    }

    /// <summary>What one step multiplies with: Keep = 1 − lr·decay, StepSize = lr/(1 − β₁ᵗ), RootCorrection = √(1 − β₂ᵗ).</summary>
    private readonly record struct AdamWScalars(
        float GradientScale, float Keep, float MeanRate, float SquareKeep, float SquareRate, float StepSize, float RootCorrection,
        float Epsilon);
}
