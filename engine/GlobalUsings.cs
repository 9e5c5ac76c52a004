global using SspNative.Kernels;
