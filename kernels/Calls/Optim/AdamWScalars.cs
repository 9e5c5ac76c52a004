using System.Runtime.CompilerServices;

namespace SspNative.Kernels;

/// <summary>What one AdamW step multiplies with: Keep = 1 − lr·decay, StepSize = lr/(1 − β₁ᵗ), RootCorrection = √(1 − β₂ᵗ).</summary>
public readonly record struct AdamWScalars(
    float GradientScale, float Keep, float MeanRate, float SquareKeep, float SquareRate, float StepSize, float RootCorrection, float Epsilon)
{
    public static AdamWScalars Of(AdamWStep step)
    {
        // A float nearest to 0.999 is 1.3e-8 off, which 1 − β₂ would magnify to 1.3e-5; decimal gives the number that was meant.
        double beta1 = (double)(decimal)step.Beta1, beta2 = (double)(decimal)step.Beta2;
        return new AdamWScalars(
            GradientScale: step.GradientScale,
            Keep: (float)(1 - (double)step.LearningRate * step.WeightDecay),
            MeanRate: (float)(1 - beta1),
            SquareKeep: (float)beta2,
            SquareRate: (float)(1 - beta2),
            StepSize: (float)(step.LearningRate / (1 - Math.Pow(beta1, step.Step))),
            RootCorrection: (float)Math.Sqrt(1 - Math.Pow(beta2, step.Step)),
            step.Epsilon);
    }

    /// <summary>One step of a parameter p and its moments m and v, once for every device.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<TMath, TVec>(TVec gradient, ref TVec p, ref TVec m, ref TVec v)
        where TMath : struct, IMath<TVec>
        where TVec : struct
    {
        TVec g = TMath.Mul(gradient, TMath.Broadcast(GradientScale));
        m = TMath.Fma(TMath.Sub(g, m), TMath.Broadcast(MeanRate), m);
        v = TMath.Fma(TMath.Mul(TMath.Broadcast(SquareRate), g), g, TMath.Mul(TMath.Broadcast(SquareKeep), v));
        TVec denominator = TMath.Add(TMath.Div(TMath.Sqrt(v), TMath.Broadcast(RootCorrection)), TMath.Broadcast(Epsilon));
        p = TMath.Fma(TMath.Broadcast(-StepSize), TMath.Div(m, denominator), TMath.Mul(p, TMath.Broadcast(Keep)));
    }
}
