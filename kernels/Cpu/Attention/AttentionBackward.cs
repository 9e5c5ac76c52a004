namespace SspNative.Kernels.Cpu;

internal sealed unsafe partial class CpuKernels<TSimd, TVec>
{
    /// <summary>
    /// Independent parts that the backward pass is cut into at least, if the shape allows. Parts of one head add up partial
    /// gradients in order, so the number must not depend on that of threads.
    /// </summary>
    private const int AttentionBackwardParts = 8;

    /// <summary>Query tiles that are packed at once where the queries are the longer side.</summary>
    private const int AttentionBackwardChunk = 16;

    public void AttentionBackward(in AttentionBackwardCall call)
    {
        AttentionShape shape = call.Shape;
        // No part runs without queries, but keys and values still have gradients.
        if (shape.Nq == 0)
        {
            Clear(Floats(call.Dk), shape.Keys);
            Clear(Floats(call.Dv), shape.Values);
            return;
        }
        using Scratch scratch = Scratch.Open();
        var masking = new AttentionMasking<TSimd, TVec>(shape, call.MaskKind, call.Mask, scratch);
        var pass = new AttentionBackwardPass<TSimd, TVec>(
            call, masking, AttentionKeyBlock(shape.Nk, shape.DimQk + shape.DimV), AttentionBackwardParts, AttentionBackwardChunk, scratch);
        int groups = shape.B * shape.Heads, parts = pass.Parts, slices = pass.SharedSlices;
        CpuThreads.For(groups * parts, item => pass.Run(item / parts, item % parts));
        if (parts > 1)
            CpuThreads.For(groups * slices, item => pass.Reduce(item / slices, item % slices));
    }
}
