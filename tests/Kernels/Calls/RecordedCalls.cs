using SspNative.Engine.Diagnostics;
using SspNative.Kernels.Cpu;
using SspNative.Lab.Catalogue;
using Xunit;

namespace SspNative.Tests.Kernels.Calls;

/// <summary>
/// Calls of every kernel with what they read: those of the catalogue of operations, forward and backward.
/// </summary>
internal static class RecordedCalls
{
    private static readonly Lazy<ILookup<string, RecordedCall>> _byKernel = new(Record);

    /// <summary>The calls of a kernel, none twice.</summary>
    public static IEnumerable<RecordedCall> Of(string kernel) => _byKernel.Value[kernel];

    /// <summary>The kernels that were called.</summary>
    public static IEnumerable<string> Kernels => _byKernel.Value.Select(g => g.Key);

    /// <summary>Every kernel on every instruction set, as theory data.</summary>
    public static TheoryData<string, CpuIsa> OnEveryIsa
    {
        get
        {
            var data = new TheoryData<string, CpuIsa>();
            foreach (string kernel in CallCatalogue.Names)
                foreach (CpuIsa isa in CpuDevice.SupportedIsas)
                    data.Add(kernel, isa);
            return data;
        }
    }

    private static ILookup<string, RecordedCall> Record()
    {
        using var device = new CpuDevice(CpuDevice.SupportedIsas.Max());
        var recorder = new CallRecorder(keepInputs: true);
        using (device.Observe(recorder))
            OperationRuns.All(device);
        return recorder.Calls.DistinctBy(CallLog.Signature).ToLookup(c => c.Name);
    }
}
