namespace SspNative.Kernels.Gpu;

/// <summary>The method is an instruction: its text in both languages, with %r for the result and %0, %1 … for the arguments.</summary>
/// <param name="ptx">Statements, each with its semicolon; a struct's registers are joined by commas. Own registers need a block of their own.</param>
/// <param name="openCl">An expression. Null: OpenCL has none, so a kernel that reaches the method cannot be compiled for it.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DeviceCodeAttribute(string ptx, string? openCl) : Attribute
{
    public string Ptx { get; } = ptx;

    public string? OpenCl { get; } = openCl;
}
