using SspNative.Lab.Catalogue;
using SspNative.Lab.Workloads;
using SspNative.Model.Training;

namespace SspNative.Lab.Benchmarking;

/// <summary>What the engine can launch at all, for devices that note it and compute nothing.</summary>
public static class KernelLaunches
{
    /// <summary>
    /// The operations at the sizes of their entries, products of large sizes, and whole models of the published sizes, which are trained too.
    /// </summary>
    public static void All(IDevice device)
    {
        OperationRuns.All(device);
        LargeProducts(device);
        foreach (BenchCase work in ModelCases.In(device.Precision))
            Run(work, device);
        if (device.Precision.WeightType() == DType.F32)
            Run(ModelCases.TrainStep("all", TrainableSet.All, checkpointed: true), device);
    }

    private static void Run(BenchCase work, IDevice device)
    {
        using BenchRun run = ModelRuns.Prepare(work, device, new ShapesOnlySource());
        run.Run();
    }

    // Products large enough for the largest tiles, whatever follows them.
    private static void LargeProducts(IDevice device)
    {
        const int rows = 2048, channels = 64;
        using var scope = new TensorScope();
        Tensor x = Tensor.Empty([rows, channels], device), transposed = Tensor.Empty([channels, rows], device);
        Tensor stored = Tensor.Empty([rows, channels], device, DType.BF16);
        foreach (Activation activation in Enum.GetValues<Activation>())
        {
            Ops.Linear(x, x, activation: activation);
            Ops.Linear(x, stored, activation: activation);
        }
        Ops.MatMul(x, transposed);
    }
}
