namespace SspNative.Engine.Optim;

/// <summary>Learning rates as a function of the epoch or step, from 0 on.</summary>
public static class LearningRateSchedule
{
    /// <summary>base · gamma^(milestones reached), PyTorch's MultiStepLR.</summary>
    public static float MultiStep(float baseRate, int step, IEnumerable<int> milestones, float gamma = 0.1f) =>
        baseRate * MathF.Pow(gamma, milestones.Count(m => step >= m));

    /// <summary>base · (1 − step/total)^power, the polynomial decay of segmentation training; 0 from the last step on.</summary>
    public static float Polynomial(float baseRate, int step, int total, float power = 0.9f) =>
        step >= total ? 0f : baseRate * MathF.Pow(1f - (float)step / total, power);

    /// <summary>A linear rise from 0 over the first <paramref name="warmup"/> steps, then <paramref name="rate"/>.</summary>
    public static float Warmup(float rate, int step, int warmup) => step < warmup ? rate * (step + 1) / warmup : rate;

    /// <summary>Half a cosine from base at step 0 to <paramref name="minimum"/> at <paramref name="total"/>.</summary>
    public static float Cosine(float baseRate, int step, int total, float minimum = 0f) =>
        minimum + (baseRate - minimum) * 0.5f * (1f + MathF.Cos(MathF.PI * Math.Min(step, total) / total));
}
